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
  /** Whether the disk is fuller than it may be, and nothing can go. */
  readonly isDiskFull: boolean;
  /** Ends it; the next one goes on where it was. */
  stop(): Promise<void>;
}

interface KeepingOptions {
  readonly store: Store;
  readonly usage: Usage;
  readonly log: Log;
  /** Told how many bytes of images were evicted. */
  readonly onEvicted?: ((bytes: number) => void) | undefined;
}

/** Keeps a cache as a configuration says: within its bounds, and hashed again. */
export function openKeeping(
  { cache }: Config,
  { store, usage, log, onEvicted = () => undefined }: KeepingOptions,
): Keeping {
  const { maxBytes, minFreeBytes, scrubBytesPerSecond: bytesPerSecond } = cache;
  const bounds = new CacheBounds({ store, usage, isPinned: pinsOf(cache), maxBytes, minFreeBytes, log, onEvicted });
  const scrubber = bytesPerSecond === undefined ? undefined : new Scrubber({ store, bytesPerSecond, log });
  const stop = async (): Promise<void> => {
    await Promise.all([bounds.stop(), scrubber?.stop()]);
  };
  return {
    start: () => {
      void removeLeftovers(store, log);
      bounds.start();
      scrubber?.start();
    },
    grew: (bytes) => bounds.grew(bytes),
    get isDiskFull() {
      return bounds.isDiskFull;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
