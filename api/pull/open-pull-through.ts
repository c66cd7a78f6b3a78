import type { ImageDirs } from '../folder/image-dirs.ts';
import type { KnownDigests } from '../folder/known-digests.ts';
import type { Log } from '../log.ts';
import type { Reference } from '../oci/reference.ts';
import type { Host, Repository } from '../oci/repository.ts';
import type { Lister, Registry } from '../registry.ts';
import type { Store } from '../store/store.ts';
import { CachedBlobs } from './cached-blobs.ts';
import { CachedLists } from './cached-lists.ts';
import { CachedManifests } from './cached-manifests.ts';
import type { CheckTimes } from './check-times.ts';
import { FillQueue } from './fill-queue.ts';
import { KeptImages } from './kept-images.ts';
import { NotFound } from './not-found.ts';
import { PullThroughRegistry } from './pull-through-registry.ts';
import { References } from './references.ts';
import type { Remote } from './remote.ts';
import type { Routes } from './routes.ts';

export interface PullThroughParts {
  readonly routes: Routes;
  readonly remotes: ReadonlyMap<Host, Remote>;
  readonly store: Store;
  /** Of the store's folder. */
  readonly dirs: ImageDirs;
  readonly known: KnownDigests;
  /** The store's folder as it is served. */
  readonly images: Registry;
  /** What people and `load` have put here, by all names. */
  readonly local: Registry & Lister;
  readonly checks: CheckTimes;
  readonly log: Log;
  /** Told which manifests of upstreams are pulled. */
  readonly onPulled: (repo: Repository, reference: Reference) => void;
  /** Told how many bytes were kept. */
  readonly onKept: (bytes: number) => void;
  /** Where downloads wait for their turn; by default they need not. */
  readonly queue?: FillQueue;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
}

/** A cache in front of upstreams, while it is in use. */
export interface PullThrough extends AsyncDisposable {
  readonly registry: PullThroughRegistry;
  readonly blobs: CachedBlobs;
  /** Resolves when all manifests that were answered are kept. */
  idle(): Promise<void>;
}

/** Wires the pull-through. Disposed of, it ends what is under way and closes every connection. */
export function openPullThrough({ now = Date.now, queue = new FillQueue(), ...parts }: PullThroughParts): PullThrough {
  const { store, dirs, remotes } = parts;
  const ending = new AbortController();
  const shared = {
    ...parts,
    now,
    queue,
    kept: new KeptImages(store, dirs),
    references: new References(),
    notFound: new NotFound(now),
    signal: ending.signal,
  };
  const manifests = new CachedManifests(shared);
  const blobs = new CachedBlobs(shared);
  const lists = new CachedLists(shared);
  return {
    registry: new PullThroughRegistry({ ...shared, manifests, blobs, lists }),
    blobs,
    idle: () => manifests.idle(),
    [Symbol.asyncDispose]: async () => {
      ending.abort(new Error('the server stops'));
      await blobs.idle();
      await manifests.idle();
      await Promise.all([...remotes.values()].map(({ registry }) => registry.close()));
    },
  };
}
