import { posix } from 'node:path';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, digestOfHex, isDigest, type Digest } from '../oci/digest.ts';
import { InvalidManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST } from '../oci/media-types.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import { compressionOf, uncompressedDigest } from './layer-file.ts';
import { NotServed, type Tree } from './tree.ts';
import type { Verifier } from './verifier.ts';

/** An unpacked `docker save` or `crane pull` tarball: `manifest.json` lists the config and the layers, and no manifest is in
 *  it. One is made of them, always with the same bytes, so that the image can be pulled by digest. All files are hashed
 *  before: what goes by the name of a digest must have it, what does not must unpack to what the config says.
 *  https://github.com/moby/moby/blob/v28.0.0/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format */
export class DockerSaveDir implements ImageDir {
  readonly format = 'docker-save-dir';
  readonly path: string;
  readonly tags = new Map<never, never>();
  readonly root: Descriptor;
  readonly problems: readonly string[] = [];
  readonly #tree: Tree;
  readonly #manifest: ReadManifest;
  readonly #blobs: ReadonlyMap<Digest, BlobFile>;

  private constructor(tree: Tree, path: string, manifest: ReadManifest, blobs: ReadonlyMap<Digest, BlobFile>) {
    this.path = path;
    this.root = manifest.descriptor;
    this.#tree = tree;
    this.#manifest = manifest;
    this.#blobs = blobs;
  }

  static async open(tree: Tree, verifier: Verifier, path: string, entries: readonly unknown[]): Promise<DockerSaveDir> {
    const { config, layers } = pick(path, entries);
    const configFile = await hashed(tree, verifier, `${path}/${config}`);
    const diffIds = await readDiffIds(tree, configFile, layers.length);

    const blobs = new Map([[configFile.digest, configFile]]);
    const layerDescriptors: Descriptor[] = [];
    for (const [i, layer] of layers.entries()) {
      const file = await hashed(tree, verifier, `${path}/${layer}`);
      const { mediaType, compression } = await compressionOf(tree, file.path);
      const diffId = diffIds[i]!;
      if (!file.named) {
        const unpacked = compression ? await uncompressedDigest(tree, file.path, compression) : file.digest;
        if (unpacked !== diffId)
          throw new NotServed(`${file.path}: its content is ${unpacked}, the config says ${diffId}`);
      }
      layerDescriptors.push({ mediaType, size: file.size, digest: file.digest });
      blobs.set(file.digest, file);
    }
    return new DockerSaveDir(tree, path, makeManifest(configFile, layerDescriptors), blobs);
  }

  /** Whether every file that the manifest was made of is still the same. */
  unchanged(): boolean {
    return [...this.#blobs.values()].every(({ path, identity }) => this.#tree.statFile(path)?.identity === identity);
  }

  manifest(digest: Digest): Promise<ReadManifest | undefined> {
    return Promise.resolve(digest === this.root.digest ? this.#manifest : undefined);
  }

  manifests(): Promise<readonly Descriptor[]> {
    return Promise.resolve([this.root]);
  }

  file(digest: Digest): BlobFile | undefined {
    return this.#blobs.get(digest);
  }

  isManifest(digest: Digest): Promise<boolean> {
    return Promise.resolve(digest === this.root.digest);
  }
}

interface HashedFile extends BlobFile {
  readonly digest: Digest;
  /** Whether its name is its digest, so that its content is known to be right. */
  readonly named: boolean;
}

async function hashed(tree: Tree, verifier: Verifier, path: string): Promise<HashedFile> {
  const file = tree.statFile(path);
  if (file === undefined) throw new NotServed(`${path}: it is missing`);
  const digest = await verifier.digestOf(tree, path, file, 'sha256');
  const expected = digestInName(path);
  if (expected !== undefined && expected !== digest) throw new NotServed(`${path}: its content is ${digest}`);
  return { path, identity: file.identity, size: file.size, digest, named: expected !== undefined };
}

/** crane names the config `sha256:<hex>` and layers `<hex>.tar.gz`; docker `<hex>.json`; newer ones `blobs/sha256/<hex>`. */
function digestInName(path: string): Digest | undefined {
  const name = posix.basename(path);
  if (isDigest(name)) return name;
  const hex = name.replace(/\.(?:json|tar|tar\.gz|tgz|tar\.zst)$/, '');
  // The old `<id>/layer.tar` is not named by its content, although <id> is hex.
  return digestOfHex(hex);
}

interface SavedImage {
  readonly config: string;
  readonly layers: readonly string[];
}

/** The one image of the folder, or the one whose tag is the folder's name. */
function pick(path: string, entries: readonly unknown[]): SavedImage {
  const images = entries.map((entry, i) => parseEntry(`${path}/manifest.json`, entry, i));
  const tag = posix.basename(path);
  const [first, ...others] = images.length === 1 ? images : images.filter(({ tags }) => tags.includes(tag));
  if (first === undefined || others.length > 0) {
    throw new NotServed(`${path}/manifest.json: ${images.length} images, of which not one alone has the tag ${tag}`);
  }
  return first;
}

function parseEntry(file: string, entry: unknown, i: number): SavedImage & { tags: string[] } {
  const { Config, Layers, RepoTags } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<
    string,
    unknown
  >;
  if (typeof Config !== 'string') throw new NotServed(`${file}: [${i}].Config is no path`);
  if (!isStrings(Layers)) throw new NotServed(`${file}: [${i}].Layers is no list of paths`);
  return {
    config: insidePath(file, Config),
    layers: Layers.map((layer) => insidePath(file, layer)),
    tags: isStrings(RepoTags) ? RepoTags.map((name) => name.slice(name.lastIndexOf(':') + 1)) : [],
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

async function readDiffIds(tree: Tree, config: HashedFile, layers: number): Promise<Digest[]> {
  const { bytes } = await tree.read(config.path, MAX_MANIFEST_BYTES);
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
