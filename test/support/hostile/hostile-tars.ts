import { gzipSync, zstdCompressSync } from 'node:zlib';
import { blobName, image, layer, MiB, ociFiles, type HostileArchive } from './hostile-images.ts';
import { fileEntries, paxHeader, tarEntry, tarOf } from './tar-bytes.ts';

const path = blobName(layer);
const all = fileEntries(ociFiles());
const others = fileEntries(ociFiles(undefined, { [path]: undefined }));
const missing = new RegExp(`blob ${layer.digest} is missing`);

/** An image whose layer is something else than a file of its name. */
const ignored = (what: string, ...instead: readonly Buffer[]): HostileArchive => ({
  what,
  file: 'evil.tar',
  bytes: () => tarOf([...others, ...instead]),
  refused: missing,
  problem: missing,
});
/** An archive that is none. */
const invalid = (what: string, parts: () => readonly Buffer[], why: RegExp): HostileArchive => ({
  what,
  file: 'evil.tar',
  bytes: () => tarOf(parts()),
  refused: why,
  problem: why,
});
const link = (linkpath: string, type: 'SymbolicLink' | 'Link' = 'SymbolicLink'): Buffer =>
  tarEntry({ path, linkpath, type });
/** Zeros take no room when they are packed. */
const withZeros = (bytes: number): Buffer =>
  tarOf([...all, tarEntry({ path: 'zeros', size: bytes }, Buffer.alloc(bytes))]);

/** What can be wrong with a tar, and with what it is packed in. */
export const hostileTars: readonly HostileArchive[] = [
  ignored('a layer with an absolute name', tarEntry({ path: `/${path}` }, layer.bytes)),
  ignored('a layer whose name leads upwards', tarEntry({ path: `a/../${path}` }, layer.bytes)),
  ignored('a layer whose name has a NUL', paxHeader({ path: `${path}\0` }), tarEntry({ path }, layer.bytes)),
  ignored('a link to a file of the machine', link('/etc/passwd')),
  ignored('a link upwards out of the archive', link('../../../../../../../../etc/passwd')),
  ignored('a hard link out of the archive', link('../../etc/passwd', 'Link')),
  ignored(
    'links in a circle',
    link('other'),
    tarEntry({ path: 'blobs/sha256/other', linkpath: path.slice(13), type: 'SymbolicLink' }),
  ),
  ignored('a link to itself', link(path.slice(13))),
  ignored('a device', tarEntry({ path, type: 'CharacterDevice' })),
  ignored('a named pipe', tarEntry({ path, type: 'FIFO' })),
  ignored('a directory', tarEntry({ path, type: 'Directory' })),
  ignored(
    'a sparse file of a terabyte',
    paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': path, 'GNU.sparse.realsize': '1000000000000' }),
    tarEntry({ path: 'x' }, layer.bytes),
  ),
  {
    what: 'a layer that stands there twice, the second time with other bytes',
    file: 'evil.tar',
    bytes: () => tarOf([...all, tarEntry({ path }, Buffer.alloc(layer.bytes.length))]),
    refused: new RegExp(`blob ${layer.digest}: its content is sha256:`),
    problem: undefined,
  },
  invalid(
    'an index.json that stands there twice, the second time as something else',
    () => [...all, tarEntry({ path: 'index.json' }, '{}')],
    /index\.json: it has no list "manifests"/,
  ),
  invalid(
    'a size that goes beyond the end',
    () => [...others, tarEntry({ path, size: 10 * MiB }, layer.bytes)],
    /it ends within the entry at \d+, "blobs\/sha256\/\w+": \d+ bytes, expected at least \d+/,
  ),
  invalid(
    'a size of PAX that goes beyond the end',
    () => [...others, paxHeader({ size: '9999999999999' }), tarEntry({ path }, layer.bytes)],
    /it ends within the entry at \d+, "blobs\/sha256\/\w+": \d+ bytes, expected at least 10000000\d+/,
  ),
  invalid(
    'a PAX header that gives all entries one name',
    () => [paxHeader({ path: 'x' }, 'GlobalExtendedHeader'), ...all],
    /a global header before \d+ gives all entries one path/,
  ),
  invalid(
    'a PAX header of two MiB',
    () => [paxHeader({ comment: 'x'.repeat(2 * MiB) }), ...all],
    /the extended header at 0: \d+ bytes.*at most 1048576/,
  ),
  {
    what: 'a bomb of zstd',
    file: 'evil.tar.zst',
    bytes: () => zstdCompressSync(withZeros(200 * MiB)),
    refused: /evil\.tar\.zst: more than \d+ bytes come out of \d+/,
    problem: /more than \d+ bytes come out of \d+/,
  },
  {
    what: 'zeros packed as well as gzip can',
    file: 'evil.tar.gz',
    bytes: () => gzipSync(withZeros(5 * MiB), { level: 9 }),
    refused: undefined,
    problem: undefined,
  },
  {
    what: 'gzip that is cut off',
    file: 'evil.tar.gz',
    bytes: () => gzipSync(tarOf(all)).subarray(0, -20),
    refused: /evil\.tar\.gz: it does not unpack after \d+ bytes/,
    problem: /it does not unpack after \d+ bytes/,
  },
];

/** What is not what its name says. */
export const lyingTars: readonly HostileArchive[] = [
  { name: 'a layer', piece: layer, listed: true },
  { name: 'a config', piece: image.config, listed: true },
  { name: 'a manifest', piece: image.manifest, listed: false },
].map(({ name, piece, listed }) => {
  const lies = Buffer.from(piece.bytes).fill('x', 2, 5);
  const refused = new RegExp(`${piece.digest.slice(7)}: its content is sha256:`);
  return {
    what: `${name} with other bytes than its name says`,
    file: 'evil.tar',
    bytes: () => tarOf(fileEntries(ociFiles(undefined, { [blobName(piece)]: lies }))),
    refused,
    problem: listed ? undefined : refused,
  };
});
