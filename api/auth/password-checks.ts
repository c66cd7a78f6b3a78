import { availableParallelism } from 'node:os';
import { PasswordThread, type PasswordCheck } from './password-thread.ts';

/** Too many are waiting already. */
export class TooManyChecks extends Error {
  override readonly name = 'TooManyChecks';
}

export interface PasswordChecksOptions {
  /** How many are compared at once; by default half of the processors, four at most: the other half serves. */
  readonly threads?: number;
  /** How many may be there at once, those that are compared included; default 64. */
  readonly limit?: number;
  /** The same for one client, so that one that guesses leaves room for others; default 8. */
  readonly limitPerClient?: number;
}

/** Compares passwords with their hashes beside the event loop: a comparison is a tenth of a second of pure computing. */
export class PasswordChecks implements AsyncDisposable {
  readonly #threads: number;
  readonly #limit: number;
  readonly #limitPerClient: number;
  readonly #idle: PasswordThread[] = [];
  readonly #busy = new Set<PasswordThread>();
  /** Those that wait for a thread, the first first. */
  readonly #waiting: ((thread: PasswordThread) => void)[] = [];
  readonly #clients = new Map<string, number>();
  #count = 0;

  constructor({ threads, limit = 64, limitPerClient = 8 }: PasswordChecksOptions = {}) {
    this.#threads = threads ?? Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
    this.#limit = limit;
    this.#limitPerClient = limitPerClient;
  }

  /** `client` is the address that asks. Throws {@link TooManyChecks}. */
  async compare(check: PasswordCheck, client: string): Promise<boolean> {
    const ofClient = this.#clients.get(client) ?? 0;
    if (this.#count >= this.#limit || ofClient >= this.#limitPerClient) {
      throw new TooManyChecks(`${this.#count} passwords are being checked, ${ofClient} of them for this client`);
    }
    this.#count++;
    this.#clients.set(client, ofClient + 1);
    try {
      const thread = await this.#take();
      try {
        return await thread.compare(check);
      } finally {
        this.#give(thread);
      }
    } finally {
      this.#count--;
      const left = this.#clients.get(client)! - 1;
      if (left === 0) this.#clients.delete(client);
      else this.#clients.set(client, left);
    }
  }

  /** Whoever is waiting then is told that the thread has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map((thread) => thread[Symbol.asyncDispose]()));
  }

  #take(): Promise<PasswordThread> | PasswordThread {
    const idle = this.#idle.pop();
    if (idle === undefined && this.#busy.size >= this.#threads) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    const thread = idle === undefined || idle.isBroken ? new PasswordThread() : idle;
    this.#busy.add(thread);
    return thread;
  }

  #give(thread: PasswordThread): void {
    const next = this.#waiting.shift();
    if (thread.isBroken) {
      this.#busy.delete(thread);
      if (next === undefined) return;
      const other = new PasswordThread();
      this.#busy.add(other);
      next(other);
    } else if (next === undefined) {
      this.#busy.delete(thread);
      this.#idle.push(thread);
    } else {
      next(thread);
    }
  }
}
