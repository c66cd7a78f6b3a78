interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes when a test says so. */
export class ManualClock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();
  #asleep = gate();

  constructor(now = Date.now()) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = gate();
    const sleeper = { until: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason as Error);
    });
    this.#asleep.resolve();
    return promise;
  };

  /** Resolves when somebody sleeps: has done what was to be done. */
  async idle(): Promise<void> {
    await this.#asleep.promise;
  }

  /** Lets time pass, until somebody whom that woke sleeps again. */
  async pass(ms: number): Promise<void> {
    await this.idle();
    this.#now += ms;
    const woken = [...this.#sleepers].filter(({ until }) => until <= this.#now);
    if (woken.length === 0) return;
    this.#asleep = gate();
    for (const sleeper of woken) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await this.idle();
  }
}

const gate = (): PromiseWithResolvers<void> => Promise.withResolvers();
