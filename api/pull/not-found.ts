import { LRUCache } from 'lru-cache';
import type { RegistryError } from '../oci/errors.ts';

/** How long an upstream's 404 is believed. */
const REMEMBERED_MS = 10_000;
/** More than that were asked for by somebody who guesses. */
const MAX_REMEMBERED = 10_000;

/** What an upstream just said that it does not have, so that it need not say so again and again. */
export class NotFound {
  readonly #errors: LRUCache<string, RegistryError>;

  constructor(now: () => number) {
    this.#errors = new LRUCache({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS, perf: { now }, ttlResolution: 0 });
  }

  /** Throws what the upstream said, if it did just now. */
  check(key: string): void {
    const known = this.#errors.get(key);
    if (known) throw known;
  }

  add(key: string, error: RegistryError): void {
    this.#errors.set(key, error);
  }
}
