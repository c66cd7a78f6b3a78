import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fillDisk } from '../../support/pull/full-disk.ts';
import { OpenedBlobs, requireNothingKept, unwritableFolder } from '../../support/pull/opened-blobs.ts';
import { ScriptedUpstream } from '../../support/pull/scripted-upstream.ts';
import { assertSameBytes } from '../../support/pull/same-bytes.ts';
import { readBody } from '../../support/read-body.ts';

const ABANDONED_AFTER_MS = 10_000;
const small = randomBytes(600_000);

describe('UP20 a fill whose readers leave', () => {
  const half = small.length / 2;
  const received = async ({ blobs }: OpenedBlobs): Promise<number> => {
    for await (const { blob } of blobs.fills()) return blob.received;
    return 0;
  };

  test('goes on for a while when less than half of it is here, as a parallel fetch comes back', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    const probe = (await opened.get({ first: 0 })).body;
    upstream.give(1000);
    await probe.next();
    await probe.return();
    t.mock.timers.tick(ABANDONED_AFTER_MS - 1);
    const readers = [
      { first: 0, last: 199_999 },
      { first: 200_000, last: 399_999 },
      { first: 400_000, last: 599_999 },
    ].map(async (range) => readBody((await opened.get(range)).body));
    await setImmediate();
    t.mock.timers.tick(ABANDONED_AFTER_MS);
    upstream.give();
    assertSameBytes(Buffer.concat(await Promise.all(readers)), small);
    await opened.blobs.idle();
    assert.deepEqual(upstream.lines, ['GET up.example/team/app']);
    assert.deepEqual(opened.keptBytes, [small.length]);
  });

  test('is given up when they do not come back, and the next asker starts anew', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    await (await opened.get()).body.return();
    upstream.give(half - 1);
    t.mock.timers.tick(ABANDONED_AFTER_MS);
    await requireNothingKept(opened);
    assert.equal(upstream.connections, 0);
    assert.deepEqual(opened.warnings, []);
    upstream.give();
    assertSameBytes(await readBody((await opened.get()).body), small);
    assert.equal(upstream.downloads, 2);
  });

  test('goes on while one is left, and when half of it is here by the time that it would be given up', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    const [one, other] = [(await opened.get()).body, (await opened.get()).body];
    upstream.give(1000);
    await one.next();
    await one.return();
    t.mock.timers.tick(2 * ABANDONED_AFTER_MS);
    upstream.give(1000);
    assert.equal((await other.next()).done, false);
    await other.return();
    upstream.give(half);
    while ((await received(opened)) < half) await setImmediate();
    t.mock.timers.tick(2 * ABANDONED_AFTER_MS);
    upstream.give();
    await opened.blobs.idle();
    assert.deepEqual(opened.keptBytes, [small.length]);
    assert.equal(upstream.downloads, 1);
  });

  test('goes on without any when half of it is here', async () => {
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    const { body } = await opened.get();
    upstream.give(half);
    while ((await received(opened)) < half) await setImmediate();
    await body.return();
    upstream.give();
    await opened.blobs.idle();
    assert.deepEqual(opened.keptBytes, [small.length]);
  });

  test('is given up at once when it cannot be kept', async () => {
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream, await unwritableFolder());
    upstream.give(half + 1);
    await (await opened.get()).body.return();
    assert.equal(upstream.connections, 0);
    const again = await opened.get();
    upstream.give();
    assertSameBytes(await readBody(again.body), small);
    assert.equal(upstream.downloads, 2);
  });

  test('is given up when the disk is full and nobody reads it', async () => {
    using disk = await fillDisk(400_000);
    const upstream = new ScriptedUpstream({ bytes: small });
    const opened = await OpenedBlobs.open(upstream);
    const { body } = await opened.get();
    upstream.give(350_000);
    while ((await received(opened)) < 350_000) await setImmediate();
    await body.return();
    upstream.give(100_000);
    await requireNothingKept(opened);
    assert.ok(disk.refused() > 0);
    assert.equal(upstream.connections, 0);
  });
});
