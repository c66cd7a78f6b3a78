import type { Descriptor } from '../oci/descriptor.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { isIndexType } from '../oci/media-types.ts';
import type { Tag } from '../oci/reference.ts';
import { Costly } from './costly.ts';
import type { Files } from './files.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { MAX_INDEX_BYTES, parseLayoutIndex, tagOf } from './layout-index.ts';
import { NotServed } from './not-served.ts';
import { isOwn } from './own-annotations.ts';
import { addProblem } from './problem-list.ts';

/** Manifests that one layout may reach; a stranger's indexes could name far more than there are. */
const MAX_REACHABLE = 250_000;

/** Children of indexes that one layout remembers; for others it walks. */
const MAX_CHILDREN = 10_000;

/** A manifest that stands in `index.json`, and the tag it has there. */
export interface LayoutEntry {
  readonly descriptor: Descriptor;
  readonly tag: Tag | undefined;
}

/** An OCI image layout: `oci-layout`, `index.json`, `blobs/`.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export class OciLayout implements ImageDir {
  readonly format = 'oci-layout';
  readonly path: string;
  readonly tags: ReadonlyMap<Tag, Descriptor>;
  readonly root: Descriptor | undefined;
  readonly problems: readonly string[];
  readonly #files: Files;
  readonly #reader: ManifestReader;
  readonly #roots: ReadonlyMap<Digest, Descriptor>;
  /** All when undefined. */
  #blobs: ReadonlySet<Digest> | undefined;
  // Children seen while reading indexes: what a client asks for next, without a walk.
  readonly #children = new Map<Digest, Descriptor>();
  // An index that is still on its way is looked for again.
  readonly #reachable = new Costly(() => this.#walk());

  private constructor(
    files: Files,
    reader: ManifestReader,
    path: string,
    entries: readonly LayoutEntry[],
    problems: string[],
  ) {
    this.path = path;
    this.#files = files;
    this.#reader = reader;
    this.#roots = new Map(entries.map(({ descriptor }) => [descriptor.digest, descriptor]));
    const tags = new Map<Tag, Descriptor>();
    for (const { descriptor, tag } of entries) {
      if (tag === undefined) continue;
      if (tags.has(tag)) addProblem(problems, `index.json: the tag ${tag} stands there twice, the first counts`);
      else tags.set(tag, descriptor);
    }
    this.tags = tags;
    this.problems = problems;
    const [only] = entries;
    const itself = only?.tag === undefined || only.tag === path.slice(path.lastIndexOf('/') + 1);
    // What we wrote has its repository's path, never its tag's.
    this.root = entries.length === 1 && itself && !isOwn(only!.descriptor) ? only?.descriptor : undefined;
  }

  static async open(files: Files, reader: ManifestReader, path: string): Promise<OciLayout> {
    const { bytes } = await files.read(`${path}/index.json`, MAX_INDEX_BYTES);
    const problems: string[] = [];
    const descriptors = parseLayoutIndex(`${path}/index.json`, bytes, problems);
    const entries = descriptors.map((descriptor) => ({ descriptor, tag: tagOf(descriptor, problems) }));
    return new OciLayout(files, reader, path, entries, problems);
  }

  /** The part of a layout that is one repository's. */
  static part(files: Files, reader: ManifestReader, path: string, entries: readonly LayoutEntry[]): OciLayout {
    return new OciLayout(files, reader, path, entries, []);
  }

  /** From now on it has no other blobs than these. */
  limitTo(blobs: ReadonlySet<Digest>): void {
    this.#blobs = blobs;
  }

  async manifest(digest: Digest): Promise<ReadManifest | undefined> {
    const descriptor =
      this.#roots.get(digest) ?? this.#children.get(digest) ?? (await this.#reachable.get()).get(digest);
    return descriptor && this.#read(descriptor);
  }

  async manifests(): Promise<readonly Descriptor[]> {
    return [...(await this.#reachable.get()).values()];
  }

  file(digest: Digest): BlobFile | undefined {
    if (this.#blobs?.has(digest) === false) return undefined;
    const path = this.#blobPath(digest);
    const file = this.#files.statFile(path);
    return file && { ...file, path, files: this.#files };
  }

  async isManifest(digest: Digest): Promise<boolean> {
    return this.#roots.has(digest) || this.#children.has(digest) || (await this.#reachable.get()).has(digest);
  }

  async #read({ digest, mediaType }: Descriptor): Promise<ReadManifest | undefined> {
    const manifest = await this.#reader.read(this.#files, this.#blobPath(digest), digest, mediaType);
    for (const child of manifest?.document.manifests ?? []) {
      if (this.#children.size < MAX_CHILDREN) this.#children.set(child.digest, child);
    }
    return manifest;
  }

  #blobPath(digest: Digest): string {
    const { algorithm, encoded } = splitDigest(digest);
    return `${this.path}/blobs/${algorithm}/${encoded}`;
  }

  /** Down from the roots through every index, nested ones too. Each is read once, so a cycle ends. */
  async #walk(): Promise<{ value: ReadonlyMap<Digest, Descriptor>; final: boolean }> {
    const reachable = new Map(this.#roots);
    let final = true;
    for (const descriptor of reachable.values()) {
      if (!isIndexType(descriptor.mediaType)) continue;
      const index = await this.#read(descriptor).catch(notServed);
      if (index === undefined) final = false;
      for (const child of index?.document.manifests ?? []) {
        if (reachable.size >= MAX_REACHABLE) return { value: reachable, final };
        if (!reachable.has(child.digest)) reachable.set(child.digest, child);
      }
    }
    return { value: reachable, final };
  }
}

const notServed = (err: unknown): undefined => {
  if (err instanceof NotServed) return undefined;
  throw err;
};
