import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageDir, ReadManifest } from '../folder/image-dir.ts';
import type { ImageDirs } from '../folder/image-dirs.ts';
import { NotServed } from '../folder/not-served.ts';
import { FETCHED, isCached } from '../folder/own-annotations.ts';
import type { Digest } from '../oci/digest.ts';
import { requiredBlobs } from '../oci/manifest.ts';
import { formatImage, type Tag } from '../oci/reference.ts';
import { blobPath } from '../store/paths.ts';
import { openStoredLayout } from '../store/stored-layout.ts';
import type { Store } from '../store/store.ts';
import type { UpstreamRepository } from './routes.ts';

/** What a tag led to when it was last fetched. */
export interface KeptTag {
  readonly digest: Digest;
  /** In milliseconds since 1970. */
  readonly fetched: number;
}

/** What was fetched from upstreams, in the layouts of the images folder: an image's manifest is there before its blobs are. */
export class KeptImages {
  readonly #store: Store;
  readonly #dirs: ImageDirs;
  readonly #named = new WeakMap<ImageDir, Promise<ReadonlySet<Digest>>>();

  /** `dirs` are those of the store's folder. */
  constructor(store: Store, dirs: ImageDirs) {
    this.#store = store;
    this.#dirs = dirs;
  }

  /** What a tag led to; undefined when it was never fetched, or somebody else has put it there. */
  async tag(repo: UpstreamRepository, tag: Tag): Promise<KeptTag | undefined> {
    const descriptor = (await this.#layout(repo))?.tags.get(tag);
    if (descriptor === undefined || !isCached(descriptor)) return undefined;
    const fetched = Date.parse(descriptor.annotations?.[FETCHED] ?? '');
    return { digest: descriptor.digest, fetched: Number.isNaN(fetched) ? 0 : fetched };
  }

  /** A manifest, whether or not what it names is here. */
  async manifest(repo: UpstreamRepository, digest: Digest): Promise<ReadManifest | undefined> {
    return read(await this.#layout(repo), digest);
  }

  /** Whether all that an image needs is here. Of an index nobody can tell. */
  async isWhole(repo: UpstreamRepository, digest: Digest): Promise<boolean> {
    const layout = await this.#layout(repo);
    const document = (await read(layout, digest))?.document;
    if (layout === undefined || document === undefined) return false;
    return requiredBlobs(document).every((blob) => layout.file(blob.digest)?.size === blob.size);
  }

  /** Whether a manifest that is here names a blob. */
  async names(repo: UpstreamRepository, digest: Digest): Promise<boolean> {
    const layout = await this.#layout(repo);
    if (layout === undefined) return false;
    const named = this.#named.get(layout) ?? readNamed(layout);
    this.#named.set(layout, named);
    return (await named).has(digest);
  }

  /** Keeps a manifest, under a tag if there is one, with what of it is here already for other repositories. */
  async keepManifest(repo: UpstreamRepository, tag: Tag | undefined, manifest: ReadManifest): Promise<void> {
    const { descriptor, bytes, document } = manifest;
    await using work = await this.#store.begin();
    await work.put(descriptor, () => Promise.resolve([bytes]));
    const pieces = [];
    for (const piece of [...requiredBlobs(document), ...document.manifests]) {
      if (await work.hold(piece)) pieces.push(piece.digest);
    }
    const source = formatImage({ repo, reference: tag ?? descriptor.digest });
    // A child is reached by its index, and needs no entry of its own.
    const isKnown = tag === undefined && (await (await this.#layout(repo))?.isManifest(descriptor.digest));
    const entry = { descriptor, ...(tag !== undefined && { tag }), source, fetched: new Date(), cached: true } as const;
    await this.#store.name(repo, work, { blobs: [...pieces, descriptor.digest], entries: isKnown ? [] : [entry] });
  }

  /** The size of a blob that is here for any repository, in bytes. */
  pooledSize(digest: Digest): number | undefined {
    // Not by the thread pool, where all who want the same blob at once would stand in line before the first begins to fetch it.
    return statSync(blobPath(this.#store.pool, digest), { throwIfNoEntry: false })?.size;
  }

  /** Gives a repository a blob that is here for others; false when it is gone by now. */
  async giveBlob(repo: UpstreamRepository, digest: Digest): Promise<boolean> {
    const size = this.pooledSize(digest);
    await using work = await this.#store.begin();
    if (size === undefined || !(await work.hold({ digest, size }))) return false;
    await this.#store.name(repo, work, { blobs: [digest], entries: [] });
    return true;
  }

  /** Takes away a blob whose file was found to be wrong, so that a good one can come in its place. */
  async dropBlob(repo: UpstreamRepository, digest: Digest): Promise<void> {
    for (const folder of [join(this.#store.layoutOf(repo), 'blobs'), this.#store.pool]) {
      await rm(blobPath(folder, digest), { force: true });
    }
  }

  /** Forgets what a tag led to, unless somebody else has put it there. */
  forgetTag(repo: UpstreamRepository, tag: Tag): Promise<void> {
    return this.#store.untag(repo, tag, ({ descriptor }) => isCached(descriptor));
  }

  #layout(repo: UpstreamRepository): Promise<ImageDir | undefined> {
    return openStoredLayout(this.#store, this.#dirs, repo);
  }
}

async function readNamed(layout: ImageDir): Promise<ReadonlySet<Digest>> {
  const named = new Set<Digest>();
  for (const { digest } of await layout.manifests()) {
    const document = (await read(layout, digest))?.document;
    for (const blob of [...(document?.config ? [document.config] : []), ...(document?.layers ?? [])])
      named.add(blob.digest);
  }
  return named;
}

/** What was damaged since is as good as not here: it is fetched again. */
async function read(layout: ImageDir | undefined, digest: Digest): Promise<ReadManifest | undefined> {
  try {
    return await layout?.manifest(digest);
  } catch (err) {
    if (err instanceof NotServed) return undefined;
    throw err;
  }
}
