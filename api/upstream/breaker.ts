import type { Log } from '../log.ts';
import type { Clock } from '../clock.ts';

/** After so many failures in a row an endpoint is left alone. */
const MAX_FAILURES = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** What those are told to wait who come while a probe is under way. */
const PROBE_MS = 1_000;

/** `open`: nobody asks, or the next one will be the probe; `probing`: one asks, and the others wait for what it finds. */
export type BreakerState = 'closed' | 'open' | 'probing';

/** How it went: an answer, whatever it said; one whose body is still to come; none, or that it is broken; or ended by
 *  somebody else before that showed. */
export type Outcome = 'answered' | 'begun' | 'failed' | 'unclear';

/** One request that was let through; it is settled once. */
export interface Passage {
  readonly isBackground: boolean;
  /** `reason` is why it failed, for the log. */
  settle(outcome: Outcome, reason?: string): void;
}

interface Options {
  /** Whose it is, for the log: `quay.io: https://quay.io`. */
  readonly subject: () => string;
  readonly now: Clock['now'];
  readonly log: Log;
  /** Whether it opens at all. */
  readonly isWanted: boolean;
}

/** Keeps requests from an endpoint that failed too often, and finds out by one at a time when it is back. */
export class Breaker {
  readonly #options: Options;
  #failures = 0;
  /** Absent while it is closed. */
  #pause: { readonly ms: number; readonly until: number } | undefined;
  #probe: Passage | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get state(): BreakerState {
    if (this.#probe) return 'probing';
    return this.#pause ? 'open' : 'closed';
  }

  /** For how long nobody is let through, in milliseconds. */
  get refusesMs(): number {
    if (!this.#pause) return 0;
    const left = this.#pause.until - this.#options.now();
    return Math.max(left, this.#probe ? PROBE_MS : 0);
  }

  /** Lets one through, or not. What is done in the background keeps nobody else from finding out. */
  enter(isBackground: boolean): Passage | undefined {
    const passage: Passage = {
      isBackground,
      settle: (outcome, reason = '') => this.#settle(passage, outcome, reason),
    };
    if (!this.#pause) return passage;
    if (this.#options.now() < this.#pause.until) return undefined;
    if (this.#probe && (isBackground || !this.#probe.isBackground)) return undefined;
    this.#probe = passage;
    return passage;
  }

  /** A body that had begun came to its end, or broke for good. */
  bodyEnded(broken?: string): void {
    if (broken !== undefined) this.#failed(false, broken);
    // A connection from before says nothing of a new one.
    else if (!this.#pause) this.#failures = 0;
  }

  #settle(passage: Passage, outcome: Outcome, reason: string): void {
    const isProbe = passage === this.#probe;
    if (isProbe) this.#probe = undefined;
    if (outcome === 'failed') this.#failed(isProbe, reason);
    else if (outcome !== 'unclear') this.#answered(outcome);
  }

  #answered(outcome: 'answered' | 'begun'): void {
    if (this.#pause) {
      this.#options.log.info(`${this.#options.subject()} answers again`);
      this.#pause = undefined;
      this.#failures = 0;
    } else if (outcome === 'answered') {
      this.#failures = 0;
    }
  }

  #failed(isProbe: boolean, reason: string): void {
    const { log, subject } = this.#options;
    if (this.#pause) {
      // Others were under way before it opened; they tell nothing new.
      if (!isProbe) return;
      this.#open(Math.min(this.#pause.ms * 2, LONGEST_PAUSE_MS));
      log.debug(`${subject()} still fails, not asked for ${this.#pause.ms} ms: ${reason}`);
    } else if (++this.#failures >= MAX_FAILURES && this.#options.isWanted) {
      this.#open(FIRST_PAUSE_MS);
      log.warn(`${subject()} failed ${this.#failures} times in a row, not asked for ${FIRST_PAUSE_MS} ms: ${reason}`);
    }
  }

  #open(ms: number): void {
    this.#pause = { ms, until: this.#options.now() + ms };
  }
}
