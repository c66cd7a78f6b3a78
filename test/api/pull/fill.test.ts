import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { digestOf } from '../../../api/oci/digest.ts';
import { UpstreamError } from '../../../api/oci/errors.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { fillDisk } from '../../support/pull/full-disk.ts';
import { APP, OpenedBlobs, requireNothingKept, unwritableFolder } from '../../support/pull/opened-blobs.ts';
import { PacedReader } from '../../support/pull/paced-reader.ts';
import { ScriptedUpstream } from '../../support/pull/scripted-upstream.ts';
import { assertSameBytes } from '../../support/pull/same-bytes.ts';
import { readBody } from '../../support/read-body.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MiB = 1024 * 1024;
const small = randomBytes(600_000);
const large = randomBytes(20 * MiB);

describe('a fill', () => {
  for (const { where, folder } of [
    { where: 'a folder', folder: tempFolder },
    { where: 'a folder that cannot be written', folder: unwritableFolder },
  ]) {
    test(`into ${where} gives every reader the first byte as soon as the upstream gave it, and each one after it`, async () => {
      const upstream = new ScriptedUpstream({ bytes: small });
      const opened = await OpenedBlobs.open(upstream, await folder());
      const ranges = [undefined, { first: 0 }, { first: 0, last: 10 }, undefined];
      const readers = await Promise.all(ranges.map((range) => opened.get(range)));
      const firsts = readers.map(({ body }) => body.next());
      upstream.give(1);
      for (const first of firsts) assertSameBytes((await first).value, small.subarray(0, 1));
      const late = (await opened.get()).body;
      assertSameBytes((await late.next()).value, small.subarray(0, 1));
      const seconds = [...readers.map(({ body }) => body), late].map((body) => body.next());
      upstream.give(1);
      for (const second of seconds) assertSameBytes((await second).value, small.subarray(1, 2));
      assert.equal(upstream.downloads, 1);
      for (const { body } of readers) await body.return();
      await late.return();
    });
  }

  test('UP17 gives nobody the last byte before the digest agrees, and keeps nothing when it does not', async () => {
    const upstream = new ScriptedUpstream({ bytes: small, digest: digestOf(large) });
    const opened = await OpenedBlobs.open(upstream);
    const readers = await Promise.all(
      [undefined, { first: 5 }, { suffix: 1 }].map(async (range) => new PacedReader(await opened.get(range))),
    );
    upstream.give();
    for (const reader of readers) {
      reader.permit();
      assert.equal(await reader.ended, 'cut');
      assert.ok(reader.error instanceof UpstreamError);
    }
    await requireNothingKept(opened);
    await assert.rejects(readBody((await opened.get()).body), UpstreamError);
    assert.equal(upstream.downloads, 2);
    assert.equal(opened.warnings.length, 2);
  });

  test('UP17 of nothing is answered only when nothing has that digest', async () => {
    const nothing = Buffer.alloc(0);
    const lie = new ScriptedUpstream({ bytes: nothing, digest: digestOf(small) });
    const deceived = await OpenedBlobs.open(lie);
    for (const range of [undefined, { first: 0 }]) await assert.rejects(deceived.get(range), UpstreamError);
    await requireNothingKept(deceived);
    const truth = await OpenedBlobs.open(new ScriptedUpstream({ bytes: nothing }));
    assert.deepEqual(await readBody((await truth.get()).body), nothing);
    await truth.blobs.idle();
    assert.deepEqual(truth.keptBytes, [0]);
    assert.deepEqual(await readBody((await truth.get({ first: 0 })).body), nothing);
  });

  test('UP19 that dies is told to all its readers, and the next asker starts anew', async () => {
    const upstream = new ScriptedUpstream({ bytes: small, cuts: [70_000, 200_000], diesAt: 300_000 });
    const opened = await OpenedBlobs.open(upstream);
    upstream.give();
    const whole = new PacedReader(await opened.get());
    const part = new PacedReader(await opened.get({ first: 100_000, last: 299_999 }));
    for (const reader of [whole, part]) reader.permit();
    assert.deepEqual([await whole.ended, await part.ended], ['cut', 'whole']);
    assertSameBytes(whole.received, small.subarray(0, 300_000));
    assertSameBytes(part.received, small.subarray(100_000, 300_000));
    await requireNothingKept(opened);
    await assert.rejects(readBody((await opened.get()).body), UpstreamError);
    assert.equal(upstream.downloads, 2);
  });

  test('is read on by who opens it while it is being stored, and comes from the folder afterwards', async () => {
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    upstream.give();
    const letStore = new EventEmitter();
    const storing = opened.store.locked(APP, () => once(letStore, 'go'));
    const slow = await opened.get();
    assertSameBytes(await readBody((await opened.get()).body), small);
    await eventually('it is in the pool', () => opened.kept.pooledSize(upstream.digest) === small.length);
    const late = await opened.get({ suffix: 10 });
    assert.equal(late.cache?.collapsed, true);
    letStore.emit('go');
    await storing;
    await opened.blobs.idle();
    assertSameBytes(await readBody(slow.body), small);
    assertSameBytes(await readBody(late.body), small.subarray(-10));
    assertSameBytes(await readBody((await opened.get()).body), small);
    assert.equal(upstream.downloads, 1);
    await eventually('no file is open', async () => (await opened.openFiles()).length === 0);
  });

  test('does not vouch for what somebody else has put into the pool meanwhile', async () => {
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    const { body } = await opened.get();
    const pooled = blobPath(opened.store.pool, upstream.digest);
    await mkdir(dirname(pooled), { recursive: true });
    await writeFile(pooled, randomBytes(small.length));
    upstream.give();
    assertSameBytes(await readBody(body), small);
    await opened.blobs.idle();
    assertSameBytes(await readBody((await opened.get()).body), small);
    await opened.blobs.idle();
    assert.equal(upstream.downloads, 2);
    assertSameBytes(await readFile(pooled), small);
  });

  test('ends when the server stops, also while it waits for a reader that stalls', async () => {
    for (const root of [tempFolder(), await unwritableFolder()]) {
      const upstream = new ScriptedUpstream({ bytes: large });
      const opened = await OpenedBlobs.open(upstream, root);
      const stalled = (await opened.get()).body;
      upstream.give(10 * MiB);
      await eventually('much of it is here', async () => {
        for await (const { blob } of opened.blobs.fills()) return blob.received >= 8 * MiB;
        return false;
      });
      await opened.end();
      await assert.rejects(readBody(stalled), /the server stops/);
      await assert.rejects(opened.get(), /the server stops/);
      assert.equal(upstream.connections, 0);
      assert.deepEqual(await opened.leftovers(), []);
    }
  });
});

describe('a fill on a disk that is full', () => {
  test('is passed on to its end, kept by nobody and told of in one line, until there is room again', async () => {
    using disk = await fillDisk(2 * MiB);
    const upstream = new ScriptedUpstream({ bytes: large });
    const opened = await OpenedBlobs.open(upstream);
    const readers = Array.from({ length: 5 }, async () => readBody((await opened.get()).body));
    upstream.give();
    for (const reader of readers) assertSameBytes(await reader, large);
    await requireNothingKept(opened);
    assert.equal(upstream.downloads, 1);
    assertSameBytes(await readBody((await opened.get()).body), large);
    await requireNothingKept(opened);
    const [line = '', ...more] = opened.warnings;
    assert.match(line, /^warn: up\.example\/team\/app@sha256:[0-9a-f]{64} is passed on and not kept: ENOSPC/);
    assert.deepEqual(more, []);
    disk[Symbol.dispose]();
    assertSameBytes(await readBody((await opened.get()).body), large);
    await opened.blobs.idle();
    assert.deepEqual(opened.keptBytes, [large.length]);
  });

  test('into a folder that cannot be written is passed on to slow and quick readers, and told of in one line', async () => {
    const upstream = new ScriptedUpstream({ bytes: large });
    const opened = await OpenedBlobs.open(upstream, await unwritableFolder());
    upstream.give();
    const slow = new PacedReader(await opened.get());
    const quick = readBody((await opened.get()).body);
    while (slow.received.length < large.length) {
      slow.permit(4);
      await setImmediate();
    }
    slow.permit();
    assert.equal(await slow.ended, 'whole');
    assertSameBytes(slow.received, large);
    assertSameBytes(await quick, large);
    await opened.blobs.idle();
    assert.equal(upstream.downloads, 1);
    assert.equal(opened.warnings.length, 1);
    assert.match(opened.warnings[0]!, /is passed on and not kept/);
  });
});
