import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { digestOf } from '../../../api/oci/digest.ts';
import * as types from '../../../api/oci/media-types.ts';
import { descriptorOf, piece, tinyIndex, type Piece, type TinyImage, type TinyIndex } from '../tiny-image.ts';

/** An image for linux/amd64, and one that only says that it is for linux/arm64. No blob or manifest of it is in an index
 *  of another seed. `program` is a file: a static program, which is given the seed as its argument; `more` is put into
 *  the image as it is, in a layer of its own. */
export async function runnableIndex(program: string, seed: string, more?: Buffer): Promise<TinyIndex> {
  const executable = await readFile(program);
  const children = ['amd64', 'arm64'].map(async (architecture) => {
    const first = await tarOf({ program: executable, seed: Buffer.from(`${seed} ${architecture}`) });
    const layers = [gzipped(first), ...(more === undefined ? [] : [plain(await tarOf({ more }))])];
    return imageOf({ architecture, seed, layers });
  });
  return tinyIndex(await Promise.all(children));
}

/** The image in it that clients on linux/amd64 pull. */
export function amd64Of({ children }: TinyIndex): TinyImage {
  return children[0]!;
}

interface Layer {
  readonly piece: Piece;
  /** Of the tar itself. */
  readonly diffId: string;
}

interface Content {
  readonly architecture: string;
  readonly seed: string;
  readonly layers: readonly Layer[];
}

function imageOf({ architecture, seed, layers }: Content): TinyImage {
  const config = piece(
    {
      created: '2026-11-01T12:00:00Z',
      architecture,
      os: 'linux',
      config: { Entrypoint: ['/program'], Cmd: [seed] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created: '2026-11-01T12:00:00Z', created_by: 'a test' })),
    },
    types.OCI_CONFIG,
  );
  const pieces = layers.map((layer) => layer.piece);
  const mediaType = types.OCI_MANIFEST;
  const manifest = piece(
    { schemaVersion: 2, mediaType, config: descriptorOf(config), layers: pieces.map(descriptorOf) },
    mediaType,
  );
  return { manifest, config, layers: pieces };
}

const gzipped = (tar: Buffer): Layer => ({
  piece: piece(gzipSync(tar), `${types.OCI_LAYER}+gzip`),
  diffId: digestOf(tar),
});
const plain = (tar: Buffer): Layer => ({ piece: piece(tar, types.OCI_LAYER), diffId: digestOf(tar) });

async function tarOf(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name, mode: 0o755 }, content);
  tar.finalize();
  return buffer(tar);
}
