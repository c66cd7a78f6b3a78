import type { FolderOptions } from '../api/folder/folder.ts';
import { Metrics } from '../api/metrics/metrics.ts';
import { StoreSize } from '../api/metrics/store-size.ts';
import type { Host } from '../api/oci/repository.ts';
import type { Fill } from '../api/pull/fill.ts';
import type { Remote } from '../api/pull/remote.ts';

/** What of something served can be looked into from outside. */
export interface Inside {
  /** The images folder, then the mounts. */
  readonly folders: readonly FolderOptions[];
  readonly remotes: ReadonlyMap<Host, Remote>;
  /** What comes in from upstreams. */
  readonly fills: () => Iterable<Fill>;
  /** Whether the disk is fuller than it may be, and nothing can go. */
  readonly isDiskFull: () => boolean;
}

/** What is known, for who looks after it, of all that is served: of what is in force, and of what was and has still something to do. */
export class Watch {
  readonly metrics = new Metrics();
  readonly #insides = new Set<Inside>();
  #isIndexed = false;

  /** `pool` is the folder of the blobs that were fetched or loaded. */
  constructor(pool: string) {
    const size = new StoreSize(pool);
    this.metrics.observe({
      store: () => size.get(),
      fillsInProgress: () => this.fills().length,
      rateLimits: () => this.#rateLimits(),
    });
  }

  /** Looks into this, too, until it is disposed of. The last one is what is in force. */
  add(inside: Inside): Disposable {
    this.#insides.add(inside);
    return { [Symbol.dispose]: () => void this.#insides.delete(inside) };
  }

  /** What lies in the folders was looked into once. */
  indexed(): void {
    this.#isIndexed = true;
  }

  get isIndexed(): boolean {
    return this.#isIndexed;
  }

  /** What is in force. */
  get current(): Inside {
    return [...this.#insides].at(-1) ?? NOTHING;
  }

  fills(): readonly Fill[] {
    return [...this.#insides].flatMap(({ fills }) => [...fills()]);
  }

  *#rateLimits(): Generator<[Host, number]> {
    for (const [host, { registry }] of this.current.remotes) {
      if (registry.rateLimit) yield [host, registry.rateLimit.remaining];
    }
  }
}

const NOTHING: Inside = { folders: [], remotes: new Map(), fills: () => [], isDiskFull: () => false };
