import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tarOf, tarSize, type TarFile } from '../../../api/export/tar.ts';
import { readTar } from '../../support/read-tar.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

async function archived(...files: readonly TarFile[]): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of tarOf(files)) all.push(Buffer.from(chunk));
  const bytes = Buffer.concat(all);
  assert.equal(bytes.length, tarSize(files));
  return bytes;
}

test('files of every length have their bytes, and their end on a block', async () => {
  const lengths = [0, 1, 511, 512, 513, 70_000];
  const files = lengths.map((size) => ({ name: `${size}`, size, open: () => chunks('x'.repeat(size)) }));
  const bytes = await archived(...files);
  assert.equal(bytes.length % 512, 0);
  assert.deepEqual(
    (await readTar(bytes)).map((entry) => [entry.name, entry.bytes.length]),
    lengths.map((size) => [`${size}`, size]),
  );
});

test('a path that no plain header can say is said by a pax header, which is the same every time', async () => {
  const file = { name: `blobs/sha512/${'a'.repeat(128)}`, size: 3, open: () => chunks('a', 'bc') };
  const bytes = await archived(file);
  const [entry] = await readTar(bytes);
  assert.deepEqual([entry?.name, entry?.bytes.toString(), entry?.pax], [file.name, 'abc', true]);
  assert.deepEqual([entry?.mode, entry?.mtime], [0o644, new Date(0)]);
  assert.ok(bytes.equals(await archived(file)));
});

test('a size that no plain header can say is said', async () => {
  const size = 9 * 1024 ** 3;
  const file = { name: 'big', size, open: () => chunks('the beginning') };
  assert.ok(tarSize([file]) > size);
  const { value: header } = await tarOf([file]).next();
  assert.match(header?.toString() ?? '', / size=9663676416\n/);
});

test('a file that is not as long as it said is named with both lengths', async () => {
  for (const size of [2, 4]) {
    const file = { name: 'short or long', size, open: () => chunks('abc') };
    await assert.rejects(archived(file), new RegExp(`short or long: 3 bytes, expected ${size}`));
  }
});
