import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isOwn } from '../folder/own-annotations.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import type { Repository } from '../oci/repository.ts';
import { isTemporary, sync } from '../store/durable.ts';
import { removeEmptyLayout } from '../store/empty-layout.ts';
import { LayoutContents } from '../store/layout-contents.ts';
import { keyOf, LayoutIndex, timesOf, type Entry } from '../store/layout-index.ts';
import { inNoLayout } from '../store/layouts.ts';
import { blobPath, REMOVALS } from '../store/paths.ts';
import { Pool } from '../store/pool.ts';
import { RemovalJournal } from './removal-journal.ts';
import type { Removed } from './removal.ts';
import type { Store } from '../store/store.ts';
import type { Unlinker } from '../store/unlinker.ts';
import { ifMissing } from '../store/if-missing.ts';

/** A file that is of no use any more, and was taken away. */
export interface StrayFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

export interface RemovalResult {
  readonly removed: readonly Removed[];
  /** Files that nothing in the layout needed before. */
  readonly strays: readonly StrayFile[];
  /** Why something stays that might have gone. */
  readonly problems: readonly string[];
}

const NOTHING: RemovalResult = { removed: [], strays: [], problems: [] };

/** A layout, as it is found under its lock. */
interface Found {
  readonly repo: Repository;
  readonly layout: string;
  readonly index: LayoutIndex;
  readonly contents: LayoutContents;
  /** Whether somebody else names manifests in it too. */
  readonly isShared: boolean;
  /** What a removal before did not get to. */
  readonly pending: readonly Digest[];
}

/** Takes entries out of layouts, one layout at a time: first out of `index.json`, then the blobs that nothing left in it needs, then
 *  those blobs out of the pool that no layout has any more. */
export class Remover {
  readonly #store: Store;
  readonly #unlinker: Unlinker;
  readonly #pool: Pool;
  readonly #journal: RemovalJournal;
  /** Of a dry run, by layout the entries that would be gone. */
  readonly #gone = new Map<string, Set<string>>();

  constructor(store: Store, unlinker: Unlinker) {
    this.#store = store;
    this.#unlinker = unlinker;
    this.#pool = new Pool(store.pool, unlinker);
    this.#journal = new RemovalJournal(join(store.root, REMOVALS));
  }

  /** Removes entries of ours; with `straysBefore` also files that nothing in the layout needs, if they are older than that time in
   *  milliseconds. Throws when the layout cannot be read. */
  remove(repo: Repository, isRemoved: (entry: Entry) => boolean, straysBefore?: number): Promise<RemovalResult> {
    const run = (): Promise<RemovalResult> => this.#remove(repo, isRemoved, straysBefore);
    return this.#unlinker.dryRun ? run() : this.#store.locked(repo, run);
  }

  /** Ends what removals did not that died. */
  async recover(): Promise<void> {
    if (this.#unlinker.dryRun) return;
    for (const repo of await this.#journal.repositories()) await this.remove(repo, () => false);
  }

  /** What a layout names; in a dry run what it would name by now. */
  async indexOf(repo: Repository): Promise<LayoutIndex> {
    const layout = this.#store.layoutOf(repo);
    const index = await LayoutIndex.read(layout);
    const gone = this.#gone.get(layout);
    if (gone) index.keep((entry) => !gone.has(keyOf(entry)));
    return index;
  }

  async #remove(
    repo: Repository,
    isRemoved: (entry: Entry) => boolean,
    straysBefore: number | undefined,
  ): Promise<RemovalResult> {
    const layout = this.#store.layoutOf(repo);
    await this.#requirePlainPath(layout);
    const index = await this.indexOf(repo);
    const { entries } = index;
    const pending = await this.#journal.read(repo);
    const matched = new Set(entries.filter((entry) => isOwn(entry.descriptor) && isRemoved(entry)));
    const isOurs = entries.length === 0 || entries.some(({ descriptor }) => isOwn(descriptor));
    if (matched.size === 0 && pending.length === 0 && (straysBefore === undefined || !isOurs)) return NOTHING;

    const contents = await LayoutContents.read(this.#store.root, layout, entries);
    // Of one without entries nobody knows whose it is.
    const isShared = entries.length === 0 || entries.some(({ descriptor }) => !isOwn(descriptor));
    const found = { repo, layout, index, contents, isShared, pending };
    const held = contents.hold(entries.filter((entry) => !matched.has(entry)));
    const gone = entries.filter((entry) => !held.entries.has(entry));
    const unreadable = [...contents.unreadable].filter(([digest]) => held.digests.has(digest));
    const problems = unreadable.map(
      ([, reason]) => `${reason}: what it needs is not known, so all blobs beside it stay`,
    );
    await this.#takeOut(found, new Set(gone), unreadable.length > 0 ? undefined : held.digests);
    const strays =
      straysBefore === undefined || problems.length > 0 ? [] : await this.#sweep(found, held.digests, straysBefore);
    if (index.entries.length === 0 && gone.length + pending.length + strays.length > 0 && !this.#unlinker.dryRun) {
      await removeEmptyLayout(layout, this.#store.root);
    }
    // Last of all, so that whoever dies before is followed by one who ends it.
    if (!this.#unlinker.dryRun) await this.#journal.clear(repo);
    const removed = gone.map((entry) => ({
      key: keyOf(entry),
      tag: entry.tag,
      digest: entry.descriptor.digest,
      fetched: timesOf(entry).fetched,
      size: contents.sizeOf(contents.piecesOf(entry)),
      isReferrer: !matched.has(entry),
    }));
    return { removed, strays, problems };
  }

  /** Takes entries out, and the blobs that are not kept; all are when it is not known which. */
  async #takeOut(found: Found, gone: ReadonlySet<Entry>, kept: ReadonlySet<Digest> | undefined): Promise<void> {
    const { repo, layout, index, contents, pending } = found;
    const isLoose = (digest: Digest): boolean => kept?.has(digest) === false;
    const loose = gone.size === 0 ? [] : [...contents.digests].filter(isLoose);
    const blobs = new Set([...(await this.#ours(found, loose)), ...pending.filter(isLoose)]);
    const { dryRun } = this.#unlinker;
    if (dryRun) {
      this.#gone.set(layout, new Set([...(this.#gone.get(layout) ?? []), ...[...gone].map(keyOf)]));
    } else {
      if (gone.size > 0 && blobs.size > 0) await this.#journal.write(repo, [...blobs]);
      index.keep((entry) => !gone.has(entry));
      await index.write();
      // No name may come back after a loss of power whose blobs do not.
      if (gone.size > 0) await sync(layout);
    }
    await this.#unlinkBlobs(layout, blobs);
  }

  /** Those that are here and that we put here: where others write too, only what is a link of the pool's file is known to be. */
  async #ours({ layout, isShared }: Found, digests: readonly Digest[]): Promise<Digest[]> {
    const ours: Digest[] = [];
    for (const digest of digests) {
      const file = await this.#unlinker.look(blobPath(join(layout, 'blobs'), digest));
      if (file && (!isShared || (await this.#pool.look(digest))?.id === file.id)) ours.push(digest);
    }
    return ours;
  }

  async #unlinkBlobs(layout: string, blobs: ReadonlySet<Digest>): Promise<void> {
    const copied: Digest[] = [];
    for (const digest of blobs) {
      const pooled = await this.#pool.look(digest);
      const file = await this.#unlinker.unlink(blobPath(join(layout, 'blobs'), digest));
      if (pooled === undefined) continue;
      if (file?.id === pooled.id) await this.#pool.release(digest);
      else copied.push(digest);
    }
    for (const digest of await inNoLayout(this.#store, this.#unlinker, copied)) await this.#pool.release(digest);
  }

  /** Files in the layout's `blobs/` that nothing needs: those that we linked, and where we are alone any, unless somebody is at it and
   *  may come to name them. */
  async #sweep(
    { layout, isShared }: Found,
    kept: ReadonlySet<Digest>,
    straysBefore: number,
  ): Promise<readonly StrayFile[]> {
    const strays: (StrayFile & { isOld: boolean; isOurs: boolean; isBlob: boolean })[] = [];
    for (const { path, name, algorithm } of await filesIn(join(layout, 'blobs'))) {
      const digest = `${algorithm}:${name}`;
      const file = isDigest(digest) && kept.has(digest) ? undefined : await this.#unlinker.look(path);
      if (file === undefined) continue;
      const pooled = isDigest(digest) ? await this.#pool.look(digest) : undefined;
      const isOurs = isTemporary(name) || pooled?.id === file.id;
      strays.push({ path, size: file.size, isOurs, isBlob: isDigest(digest), isOld: file.changedMs <= straysBefore });
    }
    const isAlone = !isShared && strays.every(({ isOld, isOurs }) => isOld || isOurs);
    const swept = strays.filter(({ isOld, isOurs, isBlob }) => isOld && (isOurs || (isBlob && isAlone)));
    for (const { path } of swept) await this.#unlinker.unlink(path);
    return swept.map(({ path, size }) => ({ path, size }));
  }

  /** Throws when a link leads to the layout or to its blobs: they are somebody else's then. */
  async #requirePlainPath(layout: string): Promise<void> {
    const root = await realpath(this.#store.root);
    for (const path of [
      layout,
      join(layout, 'blobs'),
      ...['sha256', 'sha512'].map((it) => join(layout, 'blobs', it)),
    ]) {
      const real = await realpath(path).catch(ifMissing);
      if (real !== undefined && real !== join(root, relative(this.#store.root, path))) {
        throw new Error(`${path}: a symbolic link leads there, so nothing is removed from it`);
      }
    }
  }
}

async function filesIn(blobs: string): Promise<{ path: string; name: string; algorithm: string }[]> {
  const entries = (await readdir(blobs, { withFileTypes: true, recursive: true }).catch(ifMissing)) ?? [];
  return entries
    .filter((entry) => entry.isFile() && dirname(entry.parentPath) === blobs)
    .map(({ name, parentPath }) => ({ name, path: join(parentPath, name), algorithm: relative(blobs, parentPath) }));
}
