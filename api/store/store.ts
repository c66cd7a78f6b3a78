import { access, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';
import { isCached } from '../folder/own-annotations.ts';
import { repositoryPaths } from '../folder/repository-path.ts';
import { linkOrCopy, makeDirectory, replaceFile, sync } from './durable.ts';
import { removeEmptyLayout } from './empty-layout.ts';
import { LayoutIndex, type Entry, type NewEntry } from './layout-index.ts';
import { Locks } from './lock.ts';
import { blobPath, LOCKS, POOL, WORK } from './paths.ts';
import { Work, type WantedBlob } from './work.ts';

const LAYOUT = JSON.stringify({ imageLayoutVersion: '1.0.0' });

/** An image whose blobs are held, to be named in a repository. */
export interface HeldImage {
  /** Config and layers, then manifests, children before the index that names them. */
  readonly blobs: readonly Digest[];
  readonly entries: readonly NewEntry[];
}

/** Writes images into the images folder: for each repository an OCI layout that every tool reads, each blob once in the pool and
 *  linked into the layouts that have it. A process that dies at any point leaves nothing visible that is not whole. */
export class Store implements Disposable {
  readonly root: string;
  readonly #locks: Locks;

  constructor(root: string) {
    this.root = root;
    this.#locks = new Locks(join(root, LOCKS));
  }

  /** The folder that has every blob that was written here, once. */
  get pool(): string {
    return join(this.root, POOL);
  }

  /** Begins to bring blobs in; the caller disposes of it. */
  begin(signal?: AbortSignal): Promise<Work> {
    return Work.begin(join(this.root, WORK), this.pool, signal);
  }

  /** The directory of a repository's layout, there or not. */
  layoutOf(repo: Repository): string {
    return join(this.root, repositoryPaths(repo)[0]!);
  }

  /** Whether a blob is here, as far as its size tells. */
  async has({ digest, size }: WantedBlob): Promise<boolean> {
    return hasSize(blobPath(this.pool, digest), size);
  }

  /** Whether an image has its name already and all these pieces. */
  async hasImage(
    repo: Repository,
    tag: Tag | undefined,
    digest: Digest,
    pieces: readonly WantedBlob[],
  ): Promise<boolean> {
    const layout = this.layoutOf(repo);
    // What the pull-through keeps may go at any time: who loads it wants it to stay.
    const isNamed = (entry: Entry): boolean => entry.tag === tag && entry.descriptor.digest === digest;
    const { entries } = await LayoutIndex.read(layout);
    if (!entries.some((entry) => isNamed(entry) && !isCached(entry.descriptor))) return false;
    for (const piece of pieces) {
      if (!(await hasSize(blobPath(join(layout, 'blobs'), piece.digest), piece.size))) return false;
    }
    return true;
  }

  /** Names an image in a repository, for good: when it resolves it is on disk. */
  async name(repo: Repository, work: Work, { blobs, entries }: HeldImage): Promise<void> {
    const layout = this.layoutOf(repo);
    await work.sync();
    await this.locked(repo, async () => {
      const links: string[] = [];
      try {
        await this.#makeLayout(layout);
        const index = await LayoutIndex.read(layout);
        const paths = new Map(blobs.map((digest) => [digest, blobPath(join(layout, 'blobs'), digest)]));
        const folders = new Set([...paths.values()].map(dirname));
        for (const folder of folders) await makeDirectory(folder);
        for (const [digest, path] of paths) if (await linkOrCopy(work.path(digest), path)) links.push(path);
        for (const folder of folders) await sync(folder);
        for (const entry of entries) index.add(entry);
        await (index.isNew ? index.create() : index.write());
        await sync(layout);
      } catch (err) {
        // As far as the disk lets us: what fails here, prune finds.
        await this.#takeBack(layout, links, entries).catch(() => undefined);
        throw err;
      }
    });
  }

  /** Takes a tag from the manifest that has it, if `isMeant` says so. */
  async untag(repo: Repository, tag: Tag, isMeant: (entry: Entry) => boolean): Promise<void> {
    const layout = this.layoutOf(repo);
    await this.locked(repo, async () => {
      const index = await LayoutIndex.read(layout);
      if (!index.entries.some((entry) => entry.tag === tag && isMeant(entry))) return;
      index.untag(tag, new Date());
      await index.write();
      await sync(layout);
    });
  }

  /** Takes away what came into a layout for an image that then could not be named. */
  async #takeBack(layout: string, links: readonly string[], entries: readonly NewEntry[]): Promise<void> {
    const index = await LayoutIndex.read(layout);
    if (entries.some(({ descriptor, tag }) => index.has(descriptor.digest, tag))) return;
    for (const path of links) await rm(path, { force: true });
    if (index.entries.length === 0) await removeEmptyLayout(layout, this.root);
  }

  /** Runs while nobody else changes a repository. */
  locked<T>(repo: Repository, run: () => Promise<T>): Promise<T> {
    return this.#locks.with(formatRepository(repo), run);
  }

  [Symbol.dispose](): void {
    this.#locks[Symbol.dispose]();
  }

  async #makeLayout(layout: string): Promise<void> {
    for (let tries = 5; ; tries--) {
      try {
        await this.#tryToMakeLayout(layout);
        return;
      } catch (err) {
        // Who removes a repository below takes the directories above it too, if nothing is in them yet.
        if ((err as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 0) throw err;
      }
    }
  }

  async #tryToMakeLayout(layout: string): Promise<void> {
    await makeDirectory(layout);
    const [real, root] = await Promise.all([realpath(layout), realpath(this.root)]);
    if (!real.startsWith(root + sep)) throw new Error(`${layout}: a link leads out of the images folder`);
    const marker = join(layout, 'oci-layout');
    if (!(await isThere(marker))) await replaceFile(marker, LAYOUT);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const hasSize = (path: string, size: number): Promise<boolean> =>
  stat(path).then(
    (found) => found.size === size,
    () => false,
  );
