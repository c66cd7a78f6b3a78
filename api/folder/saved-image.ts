import { posix } from 'node:path';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST } from '../oci/media-types.ts';
import type { BlobFile, ReadManifest } from './image-dir.ts';
import { NotServed } from './not-served.ts';
import type { HashedFile, SavedFiles } from './saved-files.ts';

/** Layers of one image, of which docker allows 127; with so many a manifest is far from the largest that is served. */
const MAX_LAYERS = 1_000;
/** Layers of all images together: a manifest is made of each, and kept. */
const MAX_LAYERS_IN_ALL = 100_000;
/** Linux has no longer ones. */
const MAX_PATH = 4096;

/** One image of the `manifest.json` that `docker save` and `crane pull` write: paths beside it.
 *  https://github.com/moby/moby/blob/v28.0.0/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format */
export interface SavedImage {
  readonly config: string;
  readonly layers: readonly string[];
  /** Full names with their tags; none for an image that was saved by its id. */
  readonly names: readonly string[];
}

/** An image with the manifest that was made for it, and where its blobs lie. */
export interface MadeImage {
  readonly manifest: ReadManifest;
  readonly blobs: ReadonlyMap<Digest, BlobFile>;
}

/** The images that a `manifest.json` lists; `file` is what an error calls it. Throws NotServed. */
export function parseSavedImages(file: string, entries: readonly unknown[]): SavedImage[] {
  const images = entries.map((entry, i) => parseEntry(file, entry, i));
  const layers = images.reduce((sum, image) => sum + image.layers.length, 0);
  if (layers > MAX_LAYERS_IN_ALL) {
    throw new NotServed(`${file}: ${layers} layers of ${images.length} images, at most ${MAX_LAYERS_IN_ALL} are read`);
  }
  return images;
}

/** Makes the manifest of an image: none is saved, and made of config and layers it always has the same bytes, so that the image
 *  can be pulled by digest. All files are hashed before: what goes by the name of a digest must have it, what does not must
 *  unpack to what the config says. Throws NotServed. */
export async function makeImage(files: SavedFiles, path: string, saved: SavedImage): Promise<MadeImage> {
  const { file: config, diffIds } = await files.config(`${path}/${saved.config}`, saved.layers.length);
  const blobs = new Map<Digest, BlobFile>([[config.digest, config]]);
  const layers: Descriptor[] = [];
  for (const [i, name] of saved.layers.entries()) {
    const layer = await files.layer(`${path}/${name}`);
    const { mediaType, size, digest, diffId } = layer;
    if (diffId !== undefined && diffId !== diffIds[i])
      throw new NotServed(`${layer.path}: its content is ${diffId}, the config says ${diffIds[i]}`);
    layers.push({ mediaType, size, digest });
    blobs.set(digest, layer);
  }
  return { manifest: makeManifest(config, layers), blobs };
}

function parseEntry(file: string, entry: unknown, i: number): SavedImage {
  const { Config, Layers, RepoTags } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<
    string,
    unknown
  >;
  if (typeof Config !== 'string') throw new NotServed(`${file}: [${i}].Config is no path`);
  if (!isStrings(Layers)) throw new NotServed(`${file}: [${i}].Layers is no list of paths`);
  if (Layers.length > MAX_LAYERS)
    throw new NotServed(`${file}: [${i}].Layers: ${Layers.length} layers, at most ${MAX_LAYERS} are read`);
  return {
    config: insidePath(file, Config),
    layers: Layers.map((layer) => insidePath(file, layer)),
    names: isStrings(RepoTags) ? RepoTags : [],
  };
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function insidePath(file: string, path: string): string {
  const clean = posix.normalize(path);
  const isNone = path === '' || path.length > MAX_PATH || path.includes('\0') || clean === '.';
  if (isNone || posix.isAbsolute(clean) || clean.split('/')[0] === '..') {
    throw new NotServed(`${file}: ${JSON.stringify(path.slice(0, 200))} is no path inside the folder`);
  }
  return clean;
}

/** Key order and spacing are part of the digest: never change them. */
function makeManifest(config: HashedFile, layers: readonly Descriptor[]): ReadManifest {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: { mediaType: DOCKER_CONFIG, size: config.size, digest: config.digest },
      layers: layers.map(({ mediaType, size, digest }) => ({ mediaType, size, digest })),
    }),
  );
  const descriptor = { mediaType: DOCKER_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes, document: parseManifest(bytes) };
}
