import { relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ManifestReader } from '../folder/manifest-reader.ts';
import { isOwn } from '../folder/own-annotations.ts';
import { Tree } from '../folder/tree.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-types.ts';
import type { Entry } from './layout-index.ts';
import { blobPath } from './paths.ts';

/** Each manifest is read once, so little need be kept. */
const CACHED_BYTES = 1024 * 1024;
const READ_IN_A_ROW = 100;

/** Entries of a layout, with all that they keep there. */
export interface Held {
  readonly entries: ReadonlySet<Entry>;
  readonly digests: ReadonlySet<Digest>;
}

/** What the entries of a layout consist of: an index of its children, an image of its config and layers; and which manifests stand
 *  there only for their subject. */
export class LayoutContents {
  readonly #tree: Tree;
  readonly #blobs: string;
  readonly #reader = new ManifestReader(CACHED_BYTES);
  /** Of each manifest that is here, what it names. */
  readonly #pieces = new Map<Digest, readonly Digest[]>();
  readonly #subjects = new Map<Digest, Digest>();
  /** In bytes, as manifests say; of manifests only those that are here. */
  readonly #sizes = new Map<Digest, number>();
  readonly #unreadable = new Map<Digest, string>();
  #all: ReadonlySet<Digest> = new Set();
  #entries: readonly Entry[] = [];

  private constructor(root: string, layout: string) {
    this.#tree = new Tree(root);
    this.#blobs = `${relative(root, layout).split(sep).join('/')}/blobs`;
  }

  /** Reads the manifests of a layout below `root`. */
  static async read(root: string, layout: string, entries: readonly Entry[]): Promise<LayoutContents> {
    const contents = new LayoutContents(root, layout);
    await contents.#read(entries.map(({ descriptor }) => descriptor));
    contents.#all = contents.#close(new Set(entries), new Map());
    contents.#entries = entries;
    return contents;
  }

  /** Manifests that are here and cannot be read, and why: what they consist of is not known. */
  get unreadable(): ReadonlyMap<Digest, string> {
    return this.#unreadable;
  }

  /** Whether we put it there only because its subject is here: without a tag nobody asked for it. */
  isReferrer({ descriptor, tag }: Entry): boolean {
    const subject = this.#subjects.get(descriptor.digest);
    return tag === undefined && isOwn(descriptor) && subject !== undefined && this.#all.has(subject);
  }

  /** What is held when only these entries are left. A referrer is as long as its subject. */
  hold(left: readonly Entry[]): Held {
    const entries = new Set(left.filter((entry) => !this.isReferrer(entry)));
    const digests = this.#close(entries, this.#bySubject(left.filter((entry) => this.isReferrer(entry))));
    return { entries, digests };
  }

  /** Of each entry that is no referrer what goes with it, unless another holds it. */
  images(): Map<Entry, ReadonlySet<Digest>> {
    const referrers = this.#bySubject(this.#entries.filter((entry) => this.isReferrer(entry)));
    const images = this.#entries.filter((entry) => !this.isReferrer(entry));
    return new Map(images.map((image) => [image, this.#close(new Set([image]), referrers)]));
  }

  /** What an entry consists of, without its referrers. */
  piecesOf(entry: Entry): ReadonlySet<Digest> {
    return this.#close(new Set([entry]), new Map());
  }

  /** All that any entry holds. */
  get digests(): ReadonlySet<Digest> {
    return this.#all;
  }

  isManifest(digest: Digest): boolean {
    return this.#pieces.has(digest);
  }

  /** In bytes, children that are not here left out. */
  sizeOf(digests: Iterable<Digest>): number {
    let bytes = 0;
    for (const digest of digests) bytes += this.#sizes.get(digest) ?? 0;
    return bytes;
  }

  #bySubject(referrers: readonly Entry[]): ReadonlyMap<Digest, readonly Entry[]> {
    return Map.groupBy(referrers, ({ descriptor }) => this.#subjects.get(descriptor.digest)!);
  }

  /** Adds to `entries` the referrers of all that they reach. */
  #close(entries: Set<Entry>, referrers: ReadonlyMap<Digest, readonly Entry[]>): Set<Digest> {
    const digests = new Set<Digest>();
    const queue = [...entries].map(({ descriptor }) => descriptor.digest);
    for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
      if (digests.has(digest)) continue;
      digests.add(digest);
      queue.push(...(this.#pieces.get(digest) ?? []));
      for (const referrer of referrers.get(digest) ?? []) {
        entries.add(referrer);
        queue.push(referrer.descriptor.digest);
      }
    }
    return digests;
  }

  async #read(roots: readonly Descriptor[]): Promise<void> {
    const seen = new Set<Digest>();
    const queue = roots.map((descriptor) => ({ descriptor, isRoot: true }));
    for (let next = queue.pop(); next; next = queue.pop()) {
      const { descriptor, isRoot } = next;
      if (seen.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      // Small files are read at once, which would keep a server from its requests.
      if (seen.size % READ_IN_A_ROW === 0) await setImmediate();
      const document = await this.#readManifest(descriptor, isRoot);
      if (document === undefined) continue;
      const { config, layers, manifests, subject } = document;
      for (const { digest, size } of [...(config ? [config] : []), ...layers]) this.#sizes.set(digest, size);
      this.#sizes.set(descriptor.digest, descriptor.size);
      const blobs = [...(config ? [config] : []), ...layers];
      this.#pieces.set(
        descriptor.digest,
        [...blobs, ...manifests].map(({ digest }) => digest),
      );
      if (subject) this.#subjects.set(descriptor.digest, subject.digest);
      queue.push(...manifests.map((child) => ({ descriptor: child, isRoot: false })));
    }
  }

  /** Undefined when it is not here, or is what stands in an index beside manifests. */
  async #readManifest({ digest, mediaType }: Descriptor, isRoot: boolean): Promise<ManifestDocument | undefined> {
    const path = blobPath(this.#blobs, digest);
    try {
      return (await this.#reader.read(this.#tree, path, digest, mediaType))?.document;
    } catch (err) {
      if (isRoot || isManifestType(mediaType)) this.#unreadable.set(digest, (err as Error).message);
      return undefined;
    }
  }
}
