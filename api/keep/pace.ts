import type { Clock } from '../clock.ts';

/** What was lost by a timer that rang late may be caught up with, in milliseconds. */
const MAX_BEHIND_MS = 100;

/** Holds work to a rate, by sleeping between its pieces. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  #due = -Infinity;

  constructor(bytesPerSecond: number, clock: Pick<Clock, 'now' | 'sleep'>) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Resolves when so many bytes may be followed by more. Rejects with the signal's reason. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = this.#clock.now();
    this.#due = Math.max(this.#due, now - MAX_BEHIND_MS) + (bytes / this.#bytesPerSecond) * 1000;
    // No timer is finer.
    if (this.#due - now >= 1) await this.#clock.sleep(this.#due - now, signal);
  }
}
