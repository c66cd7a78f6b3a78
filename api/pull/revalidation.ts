import { LRUCache } from 'lru-cache';
import { UpstreamError } from '../oci/errors.ts';
import type { Manifest } from '../registry.ts';
import { SingleFlight } from './single-flight.ts';

/** How long after a failure nobody waits for the same tag again. */
const REST_MS = 5_000;
const MAX_REMEMBERED = 10_000;

/** Tags that are being looked up again, each by one, and those where that just failed. */
export class Revalidation {
  readonly #running = new SingleFlight<Manifest>();
  readonly #failures: LRUCache<string, UpstreamError>;

  constructor(now: () => number) {
    this.#failures = new LRUCache({ max: MAX_REMEMBERED, ttl: REST_MS, perf: { now }, ttlResolution: 0 });
  }

  /** What a tag could not be looked up for just now. */
  failure(key: string): UpstreamError | undefined {
    return this.#failures.get(key);
  }

  /** Notes that a tag takes longer to be looked up than anybody waits. */
  tooSlow(key: string, failure: UpstreamError): void {
    if (this.#running.has(key)) this.#failures.set(key, failure);
  }

  /** Goes on when nobody waits for it any more. */
  run(key: string, lookUp: () => Promise<Manifest>): { readonly result: Promise<Manifest>; readonly joined: boolean } {
    const running = this.#running.run(key, lookUp);
    if (running.joined) return running;
    running.result.then(
      () => this.#failures.delete(key),
      (err: unknown) => {
        if (err instanceof UpstreamError && err.kind !== 'denied') this.#failures.set(key, err);
      },
    );
    return running;
  }
}
