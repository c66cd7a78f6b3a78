import { UpstreamError } from '../oci/errors.ts';
import type { Clock } from '../clock.ts';

/** How long somebody waits. */
export interface Patience {
  /** Aborted when the caller has left; what it was aborted with is thrown. */
  readonly signal?: AbortSignal;
  /** For the beginning of an answer: all endpoints, tries and pauses together, in milliseconds. Default: no limit but
   *  the timeouts of each request. */
  readonly budgetMs?: number;
  /** It can wait for another time: refused as `rate-limited` while an upstream wants to be left alone, or has only
   *  little left to give, and at once, instead of waiting. */
  readonly background?: boolean;
  /** There is something else to answer with: each endpoint is asked once, and nobody waits for it to recover. */
  readonly once?: boolean;
}

/** Watches one caller's patience, which ends as an UpstreamError `timeout`. */
export class Deadline {
  /** Aborted when the caller leaves, or time is up. */
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout | undefined;
  #until: number;
  #isOver = false;

  /** `subject` is who is asked what. */
  constructor({ signal, budgetMs }: Patience, clock: Clock, subject: string) {
    this.#clock = clock;
    this.#until = clock.now() + (budgetMs ?? Infinity);
    if (budgetMs === undefined) {
      this.signal = signal ?? new AbortController().signal;
      return;
    }
    const timeUp = new AbortController();
    this.signal = signal ? AbortSignal.any([signal, timeUp.signal]) : timeUp.signal;
    this.#timer = setTimeout(() => {
      this.#isOver = !this.signal.aborted;
      timeUp.abort(new UpstreamError('timeout', `${subject}: no answer within ${budgetMs} ms`));
    }, budgetMs);
  }

  /** Whether time was up, as opposed to the caller's leaving before. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether there is so much time, in milliseconds. */
  allows(ms: number): boolean {
    return this.#clock.now() + ms < this.#until;
  }

  /** What one of `count` may take of the time that is left, so that a silent one leaves some to the others. */
  share(count: number): number {
    return (this.#until - this.#clock.now()) / count;
  }

  /** The answer has begun: only the caller's leaving counts from here. */
  met(): void {
    clearTimeout(this.#timer);
    this.#until = Infinity;
  }
}
