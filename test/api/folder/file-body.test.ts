import assert from 'node:assert/strict';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FileBody } from '../../../api/folder/file-body.ts';
import { readBody } from '../../support/read-body.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const folder = tempFolder();
const SIZE = 3_000_000;

/** A file whose every byte tells which file it is and roughly where. */
async function body(seed: number, size = SIZE): Promise<{ body: FileBody; bytes: Buffer }> {
  const path = join(folder, `${seed}-${size}`);
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i += 4096) bytes.fill((seed * 31 + (i >> 12)) & 0xff, i, Math.min(size, i + 4096));
  await writeFile(path, bytes);
  return { body: new FileBody({ handle: await open(path), offset: 0 }, path, { start: 0, end: size }), bytes };
}

describe('a file as a body', () => {
  test('a chunk stays as it is while the next one is read', async () => {
    const { body: sent, bytes } = await body(1);
    let at = 0;
    let chunk = (await sent.next()).value;
    while (chunk !== undefined) {
      const following = (await sent.next()).value;
      assert.ok(chunk.equals(bytes.subarray(at, at + chunk.length)));
      at += chunk.length;
      chunk = following;
    }
    await sent.return();
    assert.equal(at, SIZE);
  });

  test('many at once, some left in the middle or while a read runs, never see each other’s bytes', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const { body: sent, bytes } = await body(i, i % 7 === 0 ? 50_000 : SIZE);
        if (i % 3 === 0) {
          assert.ok((await readBody(sent)).equals(bytes));
          return;
        }
        const first = await sent.next();
        assert.ok(first.value?.equals(bytes.subarray(0, first.value.length)));
        const pending = sent.next().catch(() => undefined);
        if (i % 3 === 1) await setImmediate();
        await sent.return();
        await pending;
        assert.equal((await sent.next()).done, true);
      }),
    );
  });

  test('a body that is left while a read runs keeps its memory until that read has ended', async () => {
    const { body: unread, bytes } = await body(2);
    await unread.return();
    for (let round = 0; round < 100; round++) {
      const { body: left } = await body(1);
      const handle = await open(join(folder, `2-${SIZE}`));
      await left.next();
      const pending = left.next();
      const returned = left.return();
      // Made at once, it must not get the memory that the read is still writing into.
      const next = new FileBody({ handle, offset: 0 }, 'next', { start: 0, end: SIZE });
      assert.ok((await readBody(next)).equals(bytes));
      await Promise.all([pending, returned]);
    }
  });
});
