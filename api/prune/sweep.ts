import { join } from 'node:path';
import type { Digest } from '../oci/digest.ts';
import type { Repository } from '../oci/repository.ts';
import { removeAbandoned } from './abandoned-files.ts';
import { isTemporary } from '../store/durable.ts';
import { removeEmptyDirectories } from '../store/empty-layout.ts';
import { timesOf, type Entry } from '../store/layout-index.ts';
import { inNoLayout, repositoryDirectories, type RepositoryDirectory } from '../store/layouts.ts';
import { blobPath, KNOWN, POOL, REMOVALS, UNPACKED, WORK } from '../store/paths.ts';
import { Pool, type PooledBlob } from '../store/pool.ts';
import type { Usage } from './prune-candidates.ts';
import type { Removed } from './removal.ts';
import type { Remover } from './remover.ts';
import type { Store } from '../store/store.ts';
import { outdatedCopies } from './unpacked-copies.ts';
import type { Unlinker } from '../store/unlinker.ts';

/** Why a file was of no use: a blob that no layout has, one that nothing in its layout needs, what a process that died has left, the
 *  unpacked copy of an archive that is gone. */
type SweepReason = 'unreferenced' | 'stray' | 'abandoned' | 'unpacked';

/** A file, or a folder of work, that was swept away. */
export interface SweptFile {
  readonly path: string;
  readonly digest?: Digest;
  /** In bytes. */
  readonly size: number;
  readonly reason: SweepReason;
}

export interface SweepOptions {
  readonly store: Store;
  readonly unlinker: Unlinker;
  readonly remover: Remover;
  readonly usage: Usage;
  /** Only what has not changed since then goes, as somebody may be about to use the rest. Milliseconds since 1970. */
  readonly before: number;
  /** The same for what is written without a lock, as the work of loads: who does not change anything for so long is taken for dead. */
  readonly workBefore: number;
  /** The folders whose archives may have been unpacked. */
  readonly archives: readonly string[];
}

/** What was swept away. */
export interface Swept {
  readonly images: readonly (Removed & { readonly repo: Repository })[];
  readonly files: readonly SweptFile[];
  readonly problems: readonly string[];
}

/** A temporary of {@link AppendedLines} or of the unpacker. */
const UNFINISHED = /(?:^|\.)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Removes what lost its tag to a newer image, and every file of ours that nothing needs. */
export async function sweep(options: SweepOptions): Promise<Swept> {
  const { store, unlinker, archives, before, workBefore } = options;
  const files: SweptFile[] = [];
  const add = (reason: SweepReason, removed: readonly { path: string; size: number }[]): void => {
    files.push(...removed.map(({ path, size }) => ({ path, size, reason })));
  };
  // First, as the rest takes names from blobs, which changes them.
  const pooled = await pooledBefore(new Pool(store.pool, unlinker), before);
  add('abandoned', await removeAbandoned(unlinker, join(store.root, WORK), workBefore));
  const { images, strays, temporaries, problems } = await sweepLayouts(options);
  add('stray', strays);
  files.push(...(await sweepPool(store, unlinker, pooled)));
  for (const folder of [`${POOL}/sha256`, `${POOL}/sha512`, REMOVALS]) {
    temporaries.push(...(await removeAbandoned(unlinker, join(store.root, folder), workBefore, isTemporary)));
  }
  for (const folder of [KNOWN, UNPACKED]) {
    const isUnfinished = (name: string): boolean => UNFINISHED.test(name) || isTemporary(name);
    temporaries.push(...(await removeAbandoned(unlinker, join(store.root, folder), workBefore, isUnfinished)));
  }
  add('abandoned', temporaries);
  const isOutdated = await outdatedCopies(archives);
  add('unpacked', await removeAbandoned(unlinker, join(store.root, UNPACKED), before, isOutdated));
  return { images, files, problems };
}

async function pooledBefore(pool: Pool, before: number): Promise<PooledBlob[]> {
  const blobs: PooledBlob[] = [];
  for await (const blob of pool.blobs()) if (blob.changedMs <= before) blobs.push(blob);
  return blobs;
}

async function sweepLayouts(options: SweepOptions) {
  const { store, remover, usage, before } = options;
  const images: (Removed & { repo: Repository })[] = [];
  const strays: { path: string; size: number }[] = [];
  const temporaries: { path: string; size: number }[] = [];
  const problems: string[] = [];
  for await (const directory of repositoryDirectories(store)) {
    const { repo, path, isLayout } = directory;
    temporaries.push(...(await sweepTemporaries(options, directory)));
    if (!isLayout) continue;
    try {
      const result = await remover.remove(repo, (entry) => isReplaced(entry, repo, usage, before), before);
      images.push(...result.removed.map((removed) => ({ ...removed, repo })));
      strays.push(...result.strays);
      problems.push(...result.problems);
    } catch (err) {
      problems.push(`${path}: ${(err as Error).message}`);
    }
  }
  return { images, strays, temporaries, problems };
}

/** Temporaries are made under the repository's lock, beside what they are to be. */
async function sweepTemporaries(
  { store, unlinker, before }: SweepOptions,
  { repo, path, isLayout, temporaries }: RepositoryDirectory,
): Promise<{ path: string; size: number }[]> {
  const run = async (): Promise<{ path: string; size: number }[]> => {
    const swept = [];
    for (const temporary of temporaries) {
      const file = await unlinker.look(temporary);
      if (file === undefined || file.changedMs > before) continue;
      await unlinker.unlink(temporary);
      swept.push({ path: temporary, size: file.size });
    }
    if (swept.length > 0 && !isLayout && !unlinker.dryRun) await removeEmptyDirectories(path, store.root);
    return swept;
  };
  if (temporaries.length === 0) return [];
  return unlinker.dryRun ? run() : store.locked(repo, run);
}

/** Whether its tag has been another's for so long that no client is in the middle of it. */
function isReplaced(entry: Entry, repo: Repository, usage: Usage, before: number): boolean {
  const { replaced } = timesOf(entry);
  const lastUsed = usage.lastUsed(repo, entry.descriptor.digest) ?? 0;
  return replaced !== undefined && Math.max(replaced.getTime(), lastUsed) <= before;
}

/** Blobs in the pool that nobody else has, of those that were there before. */
async function sweepPool(store: Store, unlinker: Unlinker, blobs: readonly PooledBlob[]): Promise<SweptFile[]> {
  const pool = new Pool(store.pool, unlinker);
  const alone: Digest[] = [];
  for (const { digest } of blobs) if ((await pool.look(digest))?.links === 1) alone.push(digest);
  const swept: SweptFile[] = [];
  for (const digest of await inNoLayout(store, unlinker, alone)) {
    const file = await pool.release(digest);
    if (file) swept.push({ path: blobPath(store.pool, digest), digest, size: file.size, reason: 'unreferenced' });
  }
  return swept;
}
