import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Digester, type Digest } from '../oci/digest.ts';
import { DOCKER_LAYER, DOCKER_LAYER_GZIP } from '../oci/media-types.ts';
import type { Files } from './files.ts';
import { NotServed, readFailure } from './not-served.ts';

export type Compression = 'gzip' | 'zstd';

/** What a layer's first bytes say it is; the name says nothing: crane calls every layer `.tar.gz`. */
export async function compressionOf(
  files: Files,
  path: string,
): Promise<{ mediaType: string; compression?: Compression }> {
  const { handle, offset, size } = await files.open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, Math.min(4, size), offset);
    const magic = buffer.subarray(0, bytesRead).toString('hex');
    if (magic.startsWith('1f8b')) return { mediaType: DOCKER_LAYER_GZIP, compression: 'gzip' };
    if (magic === '28b52ffd') return { mediaType: `${DOCKER_LAYER}.zstd`, compression: 'zstd' };
    return { mediaType: DOCKER_LAYER };
  } catch (err) {
    throw readFailure(path, err);
  } finally {
    await handle.close();
  }
}

/** Nothing real compresses better, not even zeros; a bomb is cut here. */
const MAX_RATIO = 1_100;

/** The digest of what a compressed layer unpacks to. Throws NotServed when it does not unpack. */
export async function uncompressedDigest(files: Files, path: string, compression: Compression): Promise<Digest> {
  const { handle, offset, size } = await files.open(path);
  const digester = new Digester('sha256');
  let unpacked = 0;
  try {
    await pipeline(
      createReadStream('', { fd: handle, start: offset, end: offset + size - 1 }),
      compression === 'gzip' ? createGunzip() : createZstdDecompress(),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          unpacked += chunk.length;
          if (unpacked > size * MAX_RATIO + 65_536)
            throw new Error(`it unpacks to more than ${MAX_RATIO} times its size`);
          digester.update(chunk);
        }
      },
    );
  } catch (cause) {
    throw new NotServed(`${path}: it does not unpack: ${(cause as Error).message}`, { cause });
  }
  return digester.digest();
}
