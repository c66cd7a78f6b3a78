import type { Clock } from '../clock.ts';
import type { RateLimit } from './rate-limit.ts';

/** An upstream is left alone for no longer than this at a time, whatever it asks for. */
export const LONGEST_PAUSE_MS = 60_000;
/** What is done in the background leaves this part of a limit to those who wait. */
const RESERVED_PART = 0.1;
const LEAST_RESERVED = 1;
/** For so long a limit is believed that does not say for how long it is meant. */
const DEFAULT_WINDOW_S = 60;

/** How much an endpoint still wants to be asked, by what it said. */
export class Allowance {
  readonly #now: Clock['now'];
  #rateLimit: RateLimit | undefined;
  #goodUntil = 0;
  #pausedUntil = 0;

  constructor(now: Clock['now']) {
    this.#now = now;
  }

  /** What it last said of its limit. */
  get rateLimit(): RateLimit | undefined {
    return this.#rateLimit;
  }

  /** For how long nobody should ask it. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#now());
  }

  /** For how long what can wait should: it is paused, or there is only the reserve left. */
  get scarceMs(): number {
    return Math.max(this.pausedMs, this.#isScarce() ? this.#goodUntil - this.#now() : 0);
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + Math.min(ms, LONGEST_PAUSE_MS));
  }

  note(rateLimit: RateLimit): void {
    const { remaining, resetSeconds, windowSeconds = DEFAULT_WINDOW_S } = rateLimit;
    this.#rateLimit = rateLimit;
    this.#goodUntil = this.#now() + (resetSeconds ?? windowSeconds) * 1000;
    if (remaining === 0 && resetSeconds !== undefined) this.pause(resetSeconds * 1000);
  }

  #isScarce(): boolean {
    if (this.#rateLimit === undefined || this.#now() >= this.#goodUntil) return false;
    const { remaining, limit = 0 } = this.#rateLimit;
    return remaining <= Math.max(LEAST_RESERVED, limit * RESERVED_PART);
  }
}
