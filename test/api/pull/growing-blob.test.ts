import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { describe, test } from 'node:test';
import { eventually } from '../../support/clients/eventually.ts';
import { all, bytes, CHUNK, grow, MiB, turns } from '../../support/pull/grown-blob.ts';
import { PacedReader } from '../../support/pull/paced-reader.ts';
import { assertSameBytes } from '../../support/pull/same-bytes.ts';
import { readBody } from '../../support/read-body.ts';

describe('a blob that grows', () => {
  test('is read from its file by who falls behind, from memory by who keeps up, and is never all in memory', async () => {
    const { blob, bring } = await grow();
    const descriptor = { mediaType: 'application/octet-stream', digest: blob.digest, size: blob.size };
    const slow = new PacedReader({ descriptor, body: blob.read(all) });
    const quick = readBody(blob.read(all));
    let held = 0;
    while (blob.received < blob.size) {
      await bring(MiB);
      held = Math.max(held, blob.held);
    }
    assert.equal(await blob.end(), true);
    blob.release();
    assertSameBytes(await quick, bytes);
    slow.permit();
    assert.equal(await slow.ended, 'whole');
    assertSameBytes(slow.received, bytes);
    assert.equal(slow.isSpoilt, false);
    assert.ok(held <= 8 * MiB + CHUNK + 256 * 1024, `${held} bytes`);
  });

  test('closes its file when it is released and its last reader has left', async () => {
    const { blob, file, bring } = await grow();
    const reader = blob.read(all);
    await bring(bytes.length);
    await blob.end();
    blob.release();
    assert.ok(file!.fd >= 0);
    assert.equal((await reader.next()).done, false);
    await reader.return();
    await eventually('the file is closed', () => file!.fd === -1);
  });

  test('that fails gives what came before, then what it failed with, to all; and tells nothing of its file', async () => {
    const { blob, file, bring, unwritable } = await grow();
    const [one, other] = [blob.read(all), blob.read({ start: MiB, end: bytes.length - 1 })];
    const waiting = blob.read({ start: 10 * MiB, end: 10 * MiB });
    const waited = assert.rejects(waiting.next(), /cut off/);
    await bring(2 * MiB);
    blob.fail(new Error('cut off'));
    blob.fail(new Error('later'));
    blob.release();
    await waited;
    for (const [reader, from] of [
      [one, 0],
      [other, MiB],
    ] as const) {
      const chunks: Buffer[] = [];
      await assert.rejects(async () => {
        for await (const chunk of reader) chunks.push(Buffer.from(chunk));
      }, /cut off/);
      assertSameBytes(Buffer.concat(chunks), bytes.subarray(from, 2 * MiB));
      await reader.return();
    }
    await eventually('the file is closed', () => file!.fd === -1);
    assert.deepEqual(unwritable, []);
    assert.equal(blob.canRead(0), false);
  });

  test('takes no more bytes than it should have, and is not whole with fewer', async () => {
    const { blob } = await grow({ size: 10 });
    const reader = blob.read({ start: 0, end: 9 });
    await blob.append(bytes.subarray(0, 9));
    await assert.rejects(blob.end(), /ended at byte 9 of 10/);
    await assert.rejects(blob.append(bytes.subarray(9, 11)), /more than 10 bytes/);
    assertSameBytes((await reader.next()).value, bytes.subarray(0, 9));
    await reader.return();
    blob.release();
  });

  test('an empty chunk changes nothing', async () => {
    const { blob } = await grow({ size: 10 });
    await blob.append(Buffer.alloc(0));
    await blob.append(bytes.subarray(0, 10));
    await blob.append(Buffer.alloc(0));
    assert.equal(await blob.end(), true);
    blob.release();
  });

  test('has no reader any more once that has its last byte', async () => {
    const { blob, left, bring } = await grow({ size: 10 });
    const reader = blob.read({ start: 2, end: 4 });
    await bring(10);
    assertSameBytes((await reader.next()).value, bytes.subarray(2, 5));
    assert.deepEqual([blob.readers, left()], [0, 1]);
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
    await reader.return();
    await reader.return();
    assert.equal(left(), 1);
    blob.release();
  });

  test('a reader that leaves while it reads from the file ends, and gives its memory back only after that', async () => {
    const { blob, file, bring } = await grow();
    const reader = blob.read(all);
    await bring(bytes.length);
    await blob.end();
    blob.release();
    const events = new EventEmitter();
    const read = file!.read.bind(file!) as (...args: unknown[]) => Promise<never>;
    file!.read = async (...args: unknown[]): Promise<never> => {
      await once(events, 'read');
      return read(...args);
    };
    const next = reader.next();
    let hasLeft = false as boolean;
    const left = reader.return().then(() => (hasLeft = true));
    await turns();
    assert.equal(hasLeft, false);
    events.emit('read');
    assert.deepEqual(await next, { done: true, value: undefined });
    await left;
    await eventually('the file is closed', () => file!.fd === -1);
  });

  test('that fails while its file fails, too, tells nothing of that', async () => {
    const { blob, file, unwritable } = await grow();
    const events = new EventEmitter();
    file!.writev = async (): Promise<never> => {
      await once(events, 'write');
      throw new Error('ENOSPC');
    };
    await blob.append(bytes.subarray(0, CHUNK));
    blob.fail(new Error('cut off'));
    blob.release();
    events.emit('write');
    await turns();
    assert.deepEqual(unwritable, []);
  });

  test('a reader that leaves while it waits ends', async () => {
    const { blob } = await grow();
    const reader = blob.read(all);
    const next = reader.next();
    await reader.return();
    assert.deepEqual(await next, { done: true, value: undefined });
    blob.release();
  });
});
