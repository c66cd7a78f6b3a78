import type { Log } from '../api/log.ts';
import type { Usage } from '../api/prune/prune-candidates.ts';
import { CacheBounds } from '../api/keep/cache-bounds.ts';
import { removeLeftovers } from '../api/keep/leftovers.ts';
import { Scrubber } from '../api/keep/scrubber.ts';
import type { Store } from '../api/store/store.ts';
import type { Config } from './config.ts';
import { pinsOf } from './pattern.ts';

/** What looks after a cache while it is served. */
export interface Keeping extends AsyncDisposable {
  /** Begins with it, in the background. */
  start(): void;
  /** Told how many bytes of blobs were kept. */
  grew(bytes: number): void;
}

/** Keeps a cache as a configuration says: within its bounds, and hashed again. */
export function openKeeping(
  { cache }: Config,
  { store, usage, log }: { store: Store; usage: Usage; log: Log },
): Keeping {
  const { maxBytes, minFreeBytes, scrubBytesPerSecond: bytesPerSecond } = cache;
  const bounds = new CacheBounds({ store, usage, isPinned: pinsOf(cache), maxBytes, minFreeBytes, log });
  const scrubber = bytesPerSecond === undefined ? undefined : new Scrubber({ store, bytesPerSecond, log });
  return {
    start: () => {
      void removeLeftovers(store, log);
      bounds.start();
      scrubber?.start();
    },
    grew: (bytes) => bounds.grew(bytes),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([bounds.stop(), scrubber?.stop()]);
    },
  };
}
