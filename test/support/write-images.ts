import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { splitDigest } from '../../api/oci/digest.ts';
import { descriptorOf, piecesOf, type Piece, type TinyImage, type TinyIndex } from './tiny-image.ts';

export async function write(path: string, content: string | Buffer | object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
}

/** An entry of `index.json`; an undefined tag leaves it unnamed. */
export interface Root {
  readonly image: TinyImage | TinyIndex;
  readonly tag?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export async function writeOciLayout(folder: string, roots: readonly Root[]): Promise<void> {
  await write(join(folder, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  for (const { image } of roots) for (const part of piecesOf(image)) await writeLayoutBlob(folder, part);
  await write(join(folder, 'index.json'), {
    schemaVersion: 2,
    manifests: roots.map(({ image, tag, annotations = {} }) => ({
      ...descriptorOf(image.manifest),
      annotations: { ...annotations, ...(tag !== undefined && { 'org.opencontainers.image.ref.name': tag }) },
    })),
  });
}

export async function writeLayoutBlob(folder: string, { digest, bytes }: Piece): Promise<void> {
  await write(layoutBlobPath(folder, digest), bytes);
}

export function layoutBlobPath(folder: string, digest: Piece['digest']): string {
  const { algorithm, encoded } = splitDigest(digest);
  return join(folder, 'blobs', algorithm, encoded);
}

/** As `skopeo copy` writes it, an index as `skopeo copy --all` does. */
export async function writeSkopeoDir(folder: string, image: TinyImage | TinyIndex): Promise<void> {
  const children = 'children' in image ? image.children : [];
  for (const { manifest } of children) await write(join(folder, `${hexOf(manifest)}.manifest.json`), manifest.bytes);
  for (const part of 'children' in image ? children.flatMap(blobs) : blobs(image)) {
    await write(join(folder, hexOf(part)), part.bytes);
  }
  await write(join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  await write(join(folder, 'manifest.json'), image.manifest.bytes);
}

const blobs = ({ config, layers }: TinyImage): Piece[] => [config, ...layers];
const hexOf = ({ digest }: Piece): string => splitDigest(digest).encoded;

/** As `crane pull` writes it, unpacked. */
export async function writeCraneFolder(
  folder: string,
  { config, layers }: TinyImage,
  repoTag = 'x/y:v1',
): Promise<void> {
  await write(join(folder, config.digest), config.bytes);
  for (const layer of layers) await write(join(folder, `${hexOf(layer)}.tar.gz`), layer.bytes);
  await write(join(folder, 'manifest.json'), [
    { Config: config.digest, RepoTags: [repoTag], Layers: layers.map((layer) => `${hexOf(layer)}.tar.gz`) },
  ]);
}

/** As `docker save` wrote it up to version 24, unpacked: layers by an id that is no digest, not compressed. */
export async function writeDockerSaveFolder(
  folder: string,
  { config, layers }: TinyImage,
  repoTag = 'x/y:v1',
): Promise<void> {
  await write(join(folder, `${hexOf(config)}.json`), config.bytes);
  const names = layers.map((layer) => `${hexOf(layer).split('').reverse().join('')}/layer.tar`);
  for (const [i, layer] of layers.entries()) await write(join(folder, names[i]!), gunzipSync(layer.bytes));
  await write(join(folder, 'manifest.json'), [{ Config: `${hexOf(config)}.json`, RepoTags: [repoTag], Layers: names }]);
}
