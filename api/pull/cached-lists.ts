import { LRUCache } from 'lru-cache';
import { isUnknown, UpstreamError } from '../oci/errors.ts';
import type { Host } from '../oci/repository.ts';
import type { List } from '../registry.ts';
import type { Patience } from '../upstream/deadline.ts';
import { MISS_BUDGET_MS, REVALIDATION_BUDGET_MS } from './remote.ts';
import { SingleFlight } from './single-flight.ts';
import { reasonOf } from './stale-reason.ts';

/** Entries of all lists together that are remembered, some 300 bytes each. An empty list counts as one. */
const MAX_REMEMBERED = 50_000;

interface Remembered {
  readonly entries: readonly unknown[];
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What an upstream is asked for, and what there is without it. */
export interface ListQuestion<T> {
  /** Tells it from others. */
  readonly key: string;
  readonly host: Host;
  /** What is here; undefined when the repository is not. */
  readonly ours: List<T> | undefined;
  /** Whether what the upstream says is to be said again when it is out of reach; not of tags, which lead to nothing then. */
  readonly isRemembered: boolean;
  readonly ask: (patience: Patience) => Promise<readonly T[]>;
}

/** The lists of upstreams: tags and referrers change at any time, so that each is asked for, once for all who want it at the same time.
 *  When an upstream is out of reach, what it said last may be said again, as long as this process remembers. */
export class CachedLists {
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: ({ entries }) => entries.length + 1,
  });
  readonly #asking = new SingleFlight<readonly unknown[]>();
  readonly #now: () => number;
  readonly #signal: AbortSignal;

  constructor({ now, signal }: { readonly now: () => number; readonly signal: AbortSignal }) {
    this.#now = now;
    this.#signal = signal;
  }

  /** What the upstream lists. Who has something else to answer with does not wait long, and no failure is one. */
  async get<T>({ key, host, ours, isRemembered, ask }: ListQuestion<T>): Promise<List<T>> {
    const known = this.#remembered.get(key);
    const hasSome = known !== undefined || (ours !== undefined && ours.entries.length > 0);
    const budgetMs = hasSome ? REVALIDATION_BUDGET_MS : MISS_BUDGET_MS;
    const { result, joined } = this.#asking.run(key, () => ask({ signal: this.#signal, budgetMs, once: hasSome }));
    try {
      const entries = (await result) as readonly T[];
      if (isRemembered) this.#remembered.set(key, { entries, at: this.#now() });
      return { entries, cache: { result: 'miss', ...(joined && { collapsed: true }) } };
    } catch (err) {
      if (isUnknown(err)) this.#remembered.delete(key);
      if (ours && isUnknown(err)) return { entries: [], cache: { result: 'miss' } };
      if (!hasSome || !(err instanceof UpstreamError) || err.kind === 'denied') throw err;
      const reason = reasonOf(host, err.kind);
      if (known === undefined) return { entries: [], cache: { result: 'stale', reason } };
      const ageSeconds = Math.max(0, Math.floor((this.#now() - known.at) / 1000));
      return { entries: known.entries as readonly T[], cache: { result: 'stale', reason, ageSeconds } };
    }
  }
}
