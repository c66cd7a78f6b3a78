import { posix } from 'node:path';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, digestOfHex, isDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import { InvalidManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST } from '../oci/media-types.ts';
import type { Files, FileStat } from './files.ts';
import type { BlobFile, ReadManifest } from './image-dir.ts';
import { compressionOf, uncompressedDigest } from './layer-file.ts';
import { NotServed } from './not-served.ts';

/** One image of the `manifest.json` that `docker save` and `crane pull` write: paths beside it.
 *  https://github.com/moby/moby/blob/v28.0.0/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format */
export interface SavedImage {
  readonly config: string;
  readonly layers: readonly string[];
  /** Full names with their tags; none for an image that was saved by its id. */
  readonly names: readonly string[];
}

/** What hashes a file; what it says of a file is believed. */
export interface Hasher {
  digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest>;
}

/** An image with the manifest that was made for it, and where its blobs lie. */
export interface MadeImage {
  readonly manifest: ReadManifest;
  readonly blobs: ReadonlyMap<Digest, BlobFile>;
}

/** The images that a `manifest.json` lists; `file` is what an error calls it. Throws NotServed. */
export function parseSavedImages(file: string, entries: readonly unknown[]): SavedImage[] {
  return entries.map((entry, i) => parseEntry(file, entry, i));
}

/** Makes the manifest of an image: none is saved, and made of config and layers it always has the same bytes, so that the image
 *  can be pulled by digest. All files are hashed before: what goes by the name of a digest must have it, what does not must
 *  unpack to what the config says. Throws NotServed. */
export async function makeImage(files: Files, hasher: Hasher, path: string, saved: SavedImage): Promise<MadeImage> {
  const configFile = await hashed(files, hasher, `${path}/${saved.config}`);
  const diffIds = await readDiffIds(files, configFile, saved.layers.length);

  const blobs = new Map<Digest, BlobFile>([[configFile.digest, configFile]]);
  const layers: Descriptor[] = [];
  for (const [i, layer] of saved.layers.entries()) {
    const file = await hashed(files, hasher, `${path}/${layer}`);
    const { mediaType, compression } = await compressionOf(files, file.path);
    const diffId = diffIds[i]!;
    if (!file.named) {
      const unpacked = compression ? await uncompressedDigest(files, file.path, compression) : file.digest;
      if (unpacked !== diffId)
        throw new NotServed(`${file.path}: its content is ${unpacked}, the config says ${diffId}`);
    }
    layers.push({ mediaType, size: file.size, digest: file.digest });
    blobs.set(file.digest, file);
  }
  return { manifest: makeManifest(configFile, layers), blobs };
}

interface HashedFile extends BlobFile {
  readonly digest: Digest;
  /** Whether its name is its digest, so that its content is known to be right. */
  readonly named: boolean;
}

async function hashed(files: Files, hasher: Hasher, path: string): Promise<HashedFile> {
  const file = files.statFile(path);
  if (file === undefined) throw new NotServed(`${path}: it is missing`);
  const digest = await hasher.digestOf(files, path, file, 'sha256');
  const expected = digestInName(path);
  if (expected !== undefined && expected !== digest) throw new NotServed(`${path}: its content is ${digest}`);
  return { path, files, identity: file.identity, size: file.size, digest, named: expected !== undefined };
}

/** crane names the config `sha256:<hex>` and layers `<hex>.tar.gz`; docker `<hex>.json`; newer ones `blobs/sha256/<hex>`. */
function digestInName(path: string): Digest | undefined {
  const name = posix.basename(path);
  if (isDigest(name)) return name;
  const hex = name.replace(/\.(?:json|tar|tar\.gz|tgz|tar\.zst)$/, '');
  // The old `<id>/layer.tar` is not named by its content, although <id> is hex.
  return digestOfHex(hex);
}

function parseEntry(file: string, entry: unknown, i: number): SavedImage {
  const { Config, Layers, RepoTags } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<
    string,
    unknown
  >;
  if (typeof Config !== 'string') throw new NotServed(`${file}: [${i}].Config is no path`);
  if (!isStrings(Layers)) throw new NotServed(`${file}: [${i}].Layers is no list of paths`);
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
  if (path === '' || path.includes('\0') || posix.isAbsolute(clean) || clean === '.' || clean.split('/')[0] === '..') {
    throw new NotServed(`${file}: ${JSON.stringify(path.slice(0, 200))} is no path inside the folder`);
  }
  return clean;
}

async function readDiffIds(files: Files, config: HashedFile, layers: number): Promise<Digest[]> {
  const { bytes } = await files.read(config.path, MAX_MANIFEST_BYTES);
  if (digestOf(bytes) !== config.digest) throw new NotServed(`${config.path}: it changed while it was read`);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new NotServed(`${config.path}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const diffIds = (json as { rootfs?: { diff_ids?: unknown } } | null)?.rootfs?.diff_ids;
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) throw new NotServed(`${config.path}: no rootfs.diff_ids`);
  if (diffIds.length !== layers) throw new NotServed(`${config.path}: ${diffIds.length} diff_ids for ${layers} layers`);
  return diffIds;
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
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new InvalidManifest(`${layers.length} layers are too many for a manifest`);
  const descriptor = { mediaType: DOCKER_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes, document: parseManifest(bytes) };
}
