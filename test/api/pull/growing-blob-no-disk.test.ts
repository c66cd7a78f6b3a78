import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../../support/clients/eventually.ts';
import { fillDisk } from '../../support/pull/full-disk.ts';
import { all, bytes, CHUNK, grow, MiB, turns } from '../../support/pull/grown-blob.ts';
import { assertSameBytes } from '../../support/pull/same-bytes.ts';
import { readBody } from '../../support/read-body.ts';

describe('a blob that grows without a disk', () => {
  const stallMs = 30_000;

  test('waits for its slowest reader, and holds no more than that needs', async () => {
    const { blob, bring } = await grow({ hasDisk: false });
    const [slow, quick] = [blob.read(all), readBody(blob.read(all))];
    const bringing = bring(bytes.length);
    await turns();
    const stood = blob.received;
    assert.ok(stood > 8 * MiB && stood <= 8 * MiB + CHUNK, `${stood} bytes`);
    await turns();
    assert.equal(blob.received, stood);
    const rest = readBody(slow);
    await bringing;
    assert.ok(blob.held <= 8 * MiB + CHUNK + 256 * 1024);
    assert.equal(await blob.end(), false);
    blob.release();
    assertSameBytes(await rest, bytes);
    assertSameBytes(await quick, bytes);
  });

  test('can be joined for a while, and not where what is to be read is gone', async () => {
    const { blob, bring } = await grow({ hasDisk: false });
    await bring(3 * MiB);
    assert.equal(blob.canRead(0), true);
    await bring(9 * MiB);
    assert.deepEqual([blob.canRead(0), blob.canRead(11 * MiB), blob.canRead(15 * MiB)], [false, true, true]);
    blob.release();
  });

  test('readers that stall are cut when their patience is over, all at once, and the others go on', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { blob, bring } = await grow({ hasDisk: false });
    const stalled = [blob.read(all), blob.read({ start: 100, end: bytes.length - 1 })];
    const quick = readBody(blob.read(all));
    await bring(CHUNK);
    for (const reader of stalled) await reader.next();
    const bringing = bring(bytes.length - CHUNK);
    await turns();
    t.mock.timers.tick(stallMs - 1);
    await turns();
    assert.equal(blob.readers, 3);
    t.mock.timers.tick(1);
    await bringing;
    blob.release();
    assertSameBytes(await quick, bytes);
    for (const reader of stalled) {
      await assert.rejects(reader.next(), /stalled/);
      await reader.return();
    }
  });

  test('that fails while it waits for a reader does not wait any longer', async () => {
    const { blob, bring } = await grow({ hasDisk: false });
    const reader = blob.read(all);
    const bringing = assert.rejects(bring(bytes.length), /the server stops/);
    await turns();
    blob.fail(new Error('the server stops'));
    await bringing;
    await reader.return();
    blob.release();
  });
});

describe('a blob that grows on a disk that gets full', () => {
  for (const fits of [0, 1, CHUNK, 5 * MiB + 1]) {
    test(`at byte ${fits} is read to its end by all that read, and told of once`, async () => {
      using disk = await fillDisk(fits);
      const { blob, file, bring, unwritable } = await grow();
      const [slow, quick] = [blob.read(all), readBody(blob.read(all))];
      const bringing = bring(bytes.length);
      await eventually('the disk is full', () => disk.refused() > 0);
      const rest = readBody(slow);
      await bringing;
      assert.equal(await blob.end(), false);
      blob.release();
      assertSameBytes(await rest, bytes);
      assertSameBytes(await quick, bytes);
      assert.equal(unwritable.length, 1);
      assert.match(String(unwritable[0]), /ENOSPC/);
      await eventually('the file is closed', () => file!.fd === -1);
    });
  }
});
