import { posix } from 'node:path';
import { digestOf, digestOfHex, isDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { FileIdentity } from './file-identity.ts';
import type { Files, FileStat } from './files.ts';
import type { BlobFile } from './image-dir.ts';
import { parseJsonFile } from './json-file.ts';
import { compressionOf, uncompressedDigest } from './layer-file.ts';
import { NotServed, OtherContent } from './not-served.ts';

/** What hashes a file; what it says of a file is believed. */
export interface Hasher {
  digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest>;
}

export interface HashedFile extends BlobFile {
  readonly digest: Digest;
}

export interface LayerFile extends HashedFile {
  readonly mediaType: string;
  /** What its content is, unpacked; undefined when its name is its digest, so that it is known to be right. */
  readonly diffId: Digest | undefined;
}

/** The files that saved images are made of, each read once, however many images name it, and however often. */
export class SavedFiles {
  readonly files: Files;
  readonly #hasher: Hasher;
  readonly #digests = new Map<FileIdentity, Digest>();
  readonly #diffIds = new Map<FileIdentity, readonly Digest[]>();
  readonly #layers = new Map<string, LayerFile>();
  readonly #unpacked = new Map<FileIdentity, Digest>();

  constructor(files: Files, hasher: Hasher) {
    this.files = files;
    this.#hasher = hasher;
  }

  /** What the config of an image with so many layers says that they are, unpacked. Throws NotServed. */
  async config(path: string, layers: number): Promise<{ file: HashedFile; diffIds: readonly Digest[] }> {
    const file = await this.#hashed(path);
    const diffIds = this.#diffIds.get(file.identity) ?? (await readDiffIds(file));
    if (diffIds.length !== layers) throw new NotServed(`${path}: ${diffIds.length} diff_ids for ${layers} layers`);
    this.#diffIds.set(file.identity, diffIds);
    return { file, diffIds };
  }

  /** Throws NotServed. */
  async layer(path: string): Promise<LayerFile> {
    const known = this.#layers.get(path);
    if (known) return known;
    const file = await this.#hashed(path);
    const { mediaType, compression } = await compressionOf(this.files, path);
    const isNamed = digestInName(path) !== undefined;
    const layer = { ...file, mediaType, diffId: isNamed ? undefined : await this.#unpack(file, compression) };
    this.#layers.set(path, layer);
    return layer;
  }

  /** What goes by the name of a digest must have it. */
  async #hashed(path: string): Promise<HashedFile> {
    const file = this.files.statFile(path);
    if (file === undefined) throw new NotServed(`${path}: it is missing`);
    const { identity, size } = file;
    const digest = this.#digests.get(identity) ?? (await this.#hasher.digestOf(this.files, path, file, 'sha256'));
    this.#digests.set(identity, digest);
    const expected = digestInName(path);
    if (expected !== undefined && expected !== digest) throw new OtherContent(path, expected, digest, identity);
    return { path, files: this.files, identity, size, digest };
  }

  async #unpack({ path, identity, digest }: HashedFile, compression: 'gzip' | 'zstd' | undefined): Promise<Digest> {
    if (compression === undefined) return digest;
    const unpacked = this.#unpacked.get(identity) ?? (await uncompressedDigest(this.files, path, compression));
    this.#unpacked.set(identity, unpacked);
    return unpacked;
  }
}

/** crane names the config `sha256:<hex>` and layers `<hex>.tar.gz`; docker `<hex>.json`; newer ones `blobs/sha256/<hex>`. */
function digestInName(path: string): Digest | undefined {
  const name = posix.basename(path);
  if (isDigest(name)) return name;
  const hex = name.replace(/\.(?:json|tar|tar\.gz|tgz|tar\.zst)$/, '');
  // The old `<id>/layer.tar` is not named by its content, although <id> is hex.
  return digestOfHex(hex);
}

async function readDiffIds({ path, files, digest }: HashedFile): Promise<readonly Digest[]> {
  const { bytes } = await files.read(path, MAX_MANIFEST_BYTES);
  if (digestOf(bytes) !== digest) throw new NotServed(`${path}: it changed while it was read`);
  const config = parseJsonFile(path, bytes) as { rootfs?: { diff_ids?: unknown } } | null;
  const diffIds = config?.rootfs?.diff_ids;
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) throw new NotServed(`${path}: no rootfs.diff_ids`);
  return diffIds;
}
