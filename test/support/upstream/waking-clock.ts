import type { Clock } from '../../../api/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes when everybody sleeps, up to when the first one wakes; for what several do at the same time. */
export class WakingClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now = 0;

  readonly now = (): number => this.#now;
  readonly random = (): number => 0;
  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
    });

  /** Lets time pass until nobody sleeps any more, or it is so late. */
  async pass(until = Infinity): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const first = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (first === undefined || first.at > until) return;
      this.#sleepers.delete(first);
      this.#now = Math.max(this.#now, first.at);
      first.wake();
    }
  }
}
