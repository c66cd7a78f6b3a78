import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { tarOf } from '../../api/export/tar.ts';
import { noise } from './noise.ts';

/** Writes a layer: a tar of one file of noise. In gzip it is stored without trying to compress it, as that takes long. */
export async function writeLayer(
  path: string,
  noiseBytes: number,
  packing: 'tar' | 'tar+gzip',
): Promise<{ digest: string; diffId: string; size: number }> {
  const tar = new Digesting();
  const layer = new Digesting();
  const file = { name: 'noise', size: noiseBytes, open: () => Readable.from(noise(noiseBytes)) };
  const pack = packing === 'tar' ? new PassThrough() : createGzip({ level: 0 });
  await pipeline(
    tarOf([file]),
    (chunks: AsyncIterable<Buffer>) => tar.through(chunks),
    pack,
    (chunks: AsyncIterable<Buffer>) => layer.through(chunks),
    createWriteStream(path),
  );
  return { digest: layer.digest(), diffId: tar.digest(), size: layer.size };
}

/** Hashes what passes. */
class Digesting {
  readonly #hash = createHash('sha256');
  size = 0;

  async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined, undefined> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.size += chunk.length;
      yield chunk;
    }
  }

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
