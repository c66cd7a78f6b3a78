import { Header } from 'tar/header';

/** How we can decompress. */
export type Compression = 'gzip' | 'zstd';

/** How archives are compressed, too, but not for us. */
export type UnsupportedCompression = 'bzip2' | 'compress' | 'lz4' | 'lzip' | 'xz';

/** How many of the first bytes tell all that can be told. */
const SNIFFED_BYTES = 512;

/** What the first bytes of a file (512, or all if it is shorter) say it is, whatever its name: a tar, something compressed
 *  that we can decompress, or undefined for neither. 512 zeros are the end of a tar, so an empty one. */
export function sniffArchive(head: Uint8Array): 'tar' | Compression | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  // Before the magic numbers, which the name of the first entry could begin with.
  if (isTarHeader(bytes)) return 'tar';
  if (startsWith(bytes, '1f8b08')) return 'gzip';
  if (startsWithZstd(bytes)) return 'zstd';
  return bytes.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

/** The name of the compression that we have no decompressor for, to tell people; undefined for anything else. */
export function unsupportedCompression(head: Uint8Array): UnsupportedCompression | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return UNSUPPORTED.find(([magic]) => startsWith(bytes, magic))?.[1];
}

const UNSUPPORTED: readonly (readonly [magic: string, compression: UnsupportedCompression])[] = [
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['04224d18', 'lz4'],
  ['4c5a4950', 'lzip'],
  ['1f9d', 'compress'],
];

const startsWith = (bytes: Buffer, hex: string): boolean => bytes.toString('hex', 0, hex.length / 2) === hex;

/** Tars older than POSIX have no magic number, but all have a checksum. */
function isTarHeader(bytes: Buffer): boolean {
  if (bytes.length < SNIFFED_BYTES) return false;
  try {
    return new Header(bytes).cksumValid || bytes.subarray(0, SNIFFED_BYTES).every((byte) => byte === 0);
  } catch {
    return false; // A number that is none.
  }
}

/** Frames to be skipped may stand before those that count, https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2;
 *  where what follows them is out of sight, we take it for zstd, too. */
function startsWithZstd(bytes: Buffer): boolean {
  let at = 0;
  while (/^5.2a4d18/.test(bytes.toString('hex', at, at + 4))) {
    if (at + 8 > bytes.length) return true;
    at += 8 + bytes.readUInt32LE(at + 4);
  }
  return (at > 0 && at + 4 > bytes.length) || startsWith(bytes.subarray(at), '28b52ffd');
}
