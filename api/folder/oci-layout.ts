import type { Descriptor } from '../oci/descriptor.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { InvalidManifest, parseDescriptor, parseJson } from '../oci/manifest.ts';
import { isIndexType } from '../oci/media-types.ts';
import { isTag, type Tag } from '../oci/reference.ts';
import { Costly } from './costly.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { NotServed, type Tree } from './tree.ts';

/** Largest `index.json` read, in bytes: some 100,000 tags. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
/** Manifests that one layout may reach; a stranger's indexes could name far more than there are. */
const MAX_REACHABLE = 250_000;

/** Children of indexes that one layout remembers; for others it walks. */
const MAX_CHILDREN = 10_000;

const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';

/** An OCI image layout: `oci-layout`, `index.json`, `blobs/`.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export class OciLayout implements ImageDir {
  readonly format = 'oci-layout';
  readonly path: string;
  readonly tags: ReadonlyMap<Tag, Descriptor>;
  readonly root: Descriptor | undefined;
  readonly problems: readonly string[];
  readonly #tree: Tree;
  readonly #reader: ManifestReader;
  readonly #roots: ReadonlyMap<Digest, Descriptor>;
  // Children seen while reading indexes: what a client asks for next, without a walk.
  readonly #children = new Map<Digest, Descriptor>();
  // An index that is still on its way is looked for again.
  readonly #reachable = new Costly(() => this.#walk());

  private constructor(tree: Tree, reader: ManifestReader, path: string, entries: readonly Entry[], problems: string[]) {
    this.path = path;
    this.#tree = tree;
    this.#reader = reader;
    this.#roots = new Map(entries.map(({ descriptor }) => [descriptor.digest, descriptor]));
    const tags = new Map<Tag, Descriptor>();
    for (const { descriptor, tag } of entries) {
      if (tag === undefined) continue;
      if (tags.has(tag)) problems.push(`index.json: the tag ${tag} stands there twice, the first counts`);
      else tags.set(tag, descriptor);
    }
    this.tags = tags;
    this.problems = problems;
    const [only] = entries;
    const itself = only?.tag === undefined || only.tag === path.slice(path.lastIndexOf('/') + 1);
    this.root = entries.length === 1 && itself ? only?.descriptor : undefined;
  }

  static async open(tree: Tree, reader: ManifestReader, path: string): Promise<OciLayout> {
    const { bytes } = await tree.read(`${path}/index.json`, MAX_INDEX_BYTES);
    const problems: string[] = [];
    return new OciLayout(tree, reader, path, parseIndex(`${path}/index.json`, bytes, problems), problems);
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
    const path = this.#blobPath(digest);
    const file = this.#tree.statFile(path);
    return file && { ...file, path };
  }

  async isManifest(digest: Digest): Promise<boolean> {
    return this.#roots.has(digest) || this.#children.has(digest) || (await this.#reachable.get()).has(digest);
  }

  async #read({ digest, mediaType }: Descriptor): Promise<ReadManifest | undefined> {
    const manifest = await this.#reader.read(this.#tree, this.#blobPath(digest), digest, mediaType);
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

interface Entry {
  readonly descriptor: Descriptor;
  readonly tag: Tag | undefined;
}

function parseIndex(path: string, bytes: Buffer, problems: string[]): Entry[] {
  try {
    const { manifests } = parseJson(bytes);
    if (!Array.isArray(manifests)) throw new InvalidManifest('it has no list "manifests"');
    return manifests.flatMap((json: unknown, i) => {
      try {
        const descriptor = parseDescriptor(json, `manifests[${i}]`);
        return [{ descriptor, tag: tagOf(descriptor, problems) }];
      } catch (err) {
        if (!(err instanceof InvalidManifest)) throw err;
        problems.push(`index.json: ${err.message}`);
        return [];
      }
    });
  } catch (err) {
    if (err instanceof InvalidManifest) throw new NotServed(`${path}: ${err.message}`, { cause: err });
    throw err;
  }
}

/** The tag a descriptor is named by: a bare one, or that of a full reference. */
function tagOf({ annotations }: Descriptor, problems: string[]): Tag | undefined {
  const name = annotations?.[REF_NAME] ?? annotations?.[CONTAINERD_NAME];
  if (name === undefined || name === '') return undefined;
  const withoutDigest = name.split('@')[0]!;
  const afterName = withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
  const tag = afterName.slice(afterName.lastIndexOf(':') + 1);
  // `name@digest` names no tag, and neither does a bare path.
  if (!afterName.includes(':') && (name.includes('@') || name.includes('/'))) return undefined;
  if (isTag(tag)) return tag;
  problems.push(`index.json: ${JSON.stringify(name.slice(0, 200))} names no tag that a client can ask for`);
  return undefined;
}

const notServed = (err: unknown): undefined => {
  if (err instanceof NotServed) return undefined;
  throw err;
};
