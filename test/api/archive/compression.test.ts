import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { sniffArchive, unsupportedCompression } from '../../../api/archive/compression.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** The first bytes of a tar as GNU tar writes it. */
function tarHead(format: string): Buffer {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), 'content');
  execFileSync('tar', [`--format=${format}`, '-cf', 'a.tar', 'file'], { cwd: folder });
  return readFileSync(join(folder, 'a.tar')).subarray(0, 512);
}

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(''), 'hex');
const tar = tarHead('ustar');
const text = Buffer.from('not an archive '.repeat(100));
const skippable = hex('5a2a4d18', '03000000', '616263');

/** The name of the first entry starts with gzip's magic number. */
function tarNamedLikeGzip(): Buffer {
  const head = Buffer.from(tar);
  const name = hex('1f8b08');
  for (const [index, byte] of name.entries()) head[index] = byte;
  head.fill(' ', 148, 156);
  const sum = head.reduce((all, byte) => all + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
}

describe('the first bytes of a file say that it is', () => {
  for (const { what, head, is } of [
    ...['v7', 'oldgnu', 'gnu', 'ustar', 'pax'].map((format) => ({
      what: `a tar of the ${format} format`,
      head: tarHead(format),
      is: 'tar',
    })),
    { what: 'a tar that is empty', head: Buffer.alloc(512), is: 'tar' },
    { what: 'a tar with a name like gzip', head: tarNamedLikeGzip(), is: 'tar' },
    { what: 'a tar of which little is seen', head: tar.subarray(0, 262), is: 'tar' },
    { what: 'a tar with a bad checksum', head: Buffer.concat([hex('ff'), tar.subarray(1)]), is: 'tar' },
    { what: 'gzip', head: gzipSync(tar), is: 'gzip' },
    { what: 'gzip by its magic number alone', head: hex('1f8b08'), is: 'gzip' },
    { what: 'zstd', head: zstdCompressSync(tar), is: 'zstd' },
    { what: 'zstd by its magic number alone', head: hex('28b52ffd'), is: 'zstd' },
    { what: 'zstd behind skippable frames', head: Buffer.concat([skippable, skippable, hex('28b52ffd')]), is: 'zstd' },
    { what: 'zstd out of sight behind a skippable frame', head: hex('502a4d18', 'ffffffff'), is: 'zstd' },
    { what: 'zstd cut off after a skippable frame', head: Buffer.concat([skippable, hex('28b5')]), is: 'zstd' },
    { what: 'zstd cut off in a skippable frame', head: hex('502a4d18', 'ff'), is: 'zstd' },
    { what: 'nothing: lz4 behind a skippable frame', head: Buffer.concat([skippable, hex('04224d18')]), is: undefined },
    { what: 'nothing: zeros too few for a tar', head: Buffer.alloc(511), is: undefined },
    { what: 'nothing: no bytes at all', head: Buffer.alloc(0), is: undefined },
    { what: 'nothing: two bytes of gzip', head: hex('1f8b'), is: undefined },
    { what: 'nothing: three bytes of zstd', head: hex('28b52f'), is: undefined },
    { what: 'nothing: text', head: text, is: undefined },
    { what: 'nothing: numbers that are none', head: Buffer.alloc(512, 0xff), is: undefined },
    { what: 'nothing: xz', head: hex('fd377a585a00'), is: undefined },
  ]) {
    test(what, () => assert.equal(sniffArchive(head), is));
  }
});

test('more than the first 512 bytes change nothing', () => {
  assert.equal(sniffArchive(Buffer.concat([tar, text])), 'tar');
  assert.equal(sniffArchive(Buffer.concat([Buffer.alloc(512), text])), 'tar');
});

test('a part of a larger buffer is looked at alone', () => {
  assert.equal(sniffArchive(new Uint8Array(Buffer.concat([text, tar])).subarray(text.length)), 'tar');
});

test('whatever the bytes are, there is an answer', () => {
  const starts = [tar, gzipSync(tar), zstdCompressSync(tar), skippable, hex('502a4d18', 'ffffffff')].map((start) =>
    fc.integer({ min: 0, max: start.length }).map((length) => start.subarray(0, length)),
  );
  fc.assert(
    fc.property(fc.oneof(...starts), fc.uint8Array({ maxLength: 600 }), (start, rest) => {
      const head = Buffer.concat([start, rest]);
      assert.ok(['tar', 'gzip', 'zstd', undefined].includes(sniffArchive(head)));
      assert.ok(unsupportedCompression(head) === undefined || sniffArchive(head) !== 'gzip');
    }),
  );
});

describe('a compression that is not supported is known by its name', () => {
  for (const { head, is } of [
    { head: hex('fd377a585a000004'), is: 'xz' },
    { head: Buffer.from('BZh91AY&SY'), is: 'bzip2' },
    { head: hex('04224d186440'), is: 'lz4' },
    { head: Buffer.from('LZIP\x01'), is: 'lzip' },
    { head: hex('1f9d90'), is: 'compress' },
    { head: gzipSync(tar), is: undefined },
    { head: zstdCompressSync(tar), is: undefined },
    { head: tar, is: undefined },
    { head: Buffer.alloc(0), is: undefined },
  ]) {
    test(`${head.subarray(0, 6).toString('hex') || 'nothing'}: ${is ?? 'none'}`, () =>
      assert.equal(unsupportedCompression(head), is));
  }
});
