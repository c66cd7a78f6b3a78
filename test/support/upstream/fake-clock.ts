import type { Clock } from '../../../api/clock.ts';

/** Time that passes only by sleeping, at once. */
export class FakeClock implements Clock {
  /** What was slept, in milliseconds. */
  readonly sleeps: number[] = [];
  #now = Date.UTC(2026, 10, 1, 12);

  readonly now = (): number => this.#now;
  readonly random = (): number => 0;
  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.sleeps.push(ms);
    this.advance(ms);
    return Promise.resolve();
  };

  advance(ms: number): void {
    this.#now += ms;
  }
}
