import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Token } from './token.ts';
import type { TokenRequest } from './token-service.ts';

/** A token is renewed when so much of its life is over. */
const RENEW_AT = 0.9;
const MAX_TOKENS = 1000;

/** How a token is had. */
export type FetchToken = (wanted: TokenRequest, signal: AbortSignal) => Promise<Token>;

interface Held {
  readonly value: string;
  readonly renewAt: number;
}

/** Keeps tokens while they are good, each for one realm, service, set of scopes and credentials; who wants the same
 *  token at the same time waits for the same fetch. */
export class TokenSource {
  readonly #fetch: FetchToken;
  readonly #now: Clock['now'];
  readonly #held = new LRUCache<string, Held>({ max: MAX_TOKENS });
  readonly #underWay = new Map<string, Promise<string>>();
  readonly #closing = new AbortController();

  constructor(fetch: FetchToken, now: Clock['now']) {
    this.#fetch = fetch;
    this.#now = now;
  }

  async get(wanted: TokenRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const key = keyOf(wanted);
    const held = this.#held.get(key);
    if (held && this.#now() < held.renewAt) return held.value;
    let fetching = this.#underWay.get(key);
    if (fetching === undefined) {
      fetching = this.#renew(key, wanted).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, fetching);
    }
    return unlessAborted(fetching, signal);
  }

  /** Forgets a token that was refused, unless it has been renewed meanwhile. */
  drop(wanted: TokenRequest, refused: string): void {
    const key = keyOf(wanted);
    if (this.#held.get(key)?.value === refused) this.#held.delete(key);
  }

  close(): void {
    this.#closing.abort();
  }

  /** Not with the signal of who asked first: others may wait for the same. */
  async #renew(key: string, wanted: TokenRequest): Promise<string> {
    const started = this.#now();
    const { value, lifeMs } = await this.#fetch(wanted, this.#closing.signal);
    this.#held.set(key, { value, renewAt: started + lifeMs * RENEW_AT });
    return value;
  }
}

/** Credentials are part of it as a digest, so that no list of secrets lies in memory. */
function keyOf({ realm, service, scopes, credentials }: TokenRequest): string {
  const parts = JSON.stringify([realm, service, scopes.toSorted(), credentials]);
  return createHash('sha256').update(parts).digest('base64');
}

/** What a promise gives, or what the signal is aborted with before. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}
