import { performance } from 'node:perf_hooks';
import { UpstreamError } from '../oci/errors.ts';

export interface FillQueueOptions {
  /** Downloads at once; Infinity for no limit. */
  readonly atOnce?: number;
  /** On whose behalf something is asked for just now; all are one by default. */
  readonly currentClient?: () => string;
}

/** The right to download something, once it has come. */
export interface Turn {
  /** Resolves with how long it took to come, in milliseconds. Throws UpstreamError `unavailable` when it has not come by `atMostMs`, and
   *  what the signal was aborted with. */
  wait(atMostMs: number, signal: AbortSignal): Promise<number>;
  /** Gives it back, or up. */
  end(): void;
}

/** When to ask again who waited in vain. */
const RETRY_AFTER_MS = 5_000;

/** Lets so many downloads go on at once. Of those who wait, the client comes first that has the fewest going on, and of several the one
 *  whose last turn was the longest ago: who wants a hundred at once does not hold up the one of another. */
export class FillQueue {
  readonly #atOnce: number;
  readonly #currentClient: () => string;
  /** How many go on for a client. */
  readonly #running = new Map<string, number>();
  /** Which turn a client had last, while somebody waits. */
  readonly #lastTurn = new Map<string, number>();
  #turns = 0;
  /** In the order of asking. */
  readonly #waiting = new Set<Waiting>();
  #total = 0;

  constructor({ atOnce = Infinity, currentClient = () => '' }: FillQueueOptions = {}) {
    this.#atOnce = atOnce;
    this.#currentClient = currentClient;
  }

  /** Begins to stand in the queue only with `wait`. `what` names what is to be downloaded, for messages. */
  turn(what: string): Turn {
    const client = this.#currentClient();
    let has = false;
    return {
      wait: async (atMostMs, signal) => {
        const begun = performance.now();
        if (this.#total < this.#atOnce) this.#begin(client);
        else await this.#wait(client, what, atMostMs, signal);
        has = true;
        return performance.now() - begun;
      },
      end: () => {
        if (has) this.#end(client);
        has = false;
      },
    };
  }

  async #wait(client: string, what: string, atMostMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting: Waiting = { client, admit: () => resolve(undefined) };
    const giveUp = (reason: Error): void => {
      this.#waiting.delete(waiting);
      reject(reason);
    };
    const late = setTimeout(() => giveUp(this.#tooMany(what)), atMostMs);
    const abort = (): void => giveUp(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.add(waiting);
    try {
      await promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
    }
  }

  #tooMany(what: string): UpstreamError {
    const message = `${what}: ${this.#atOnce} downloads are going on at once, and none has ended in time`;
    return new UpstreamError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
  }

  #begin(client: string): void {
    this.#total++;
    this.#running.set(client, this.#runningOf(client) + 1);
    this.#lastTurn.set(client, ++this.#turns);
  }

  #end(client: string): void {
    this.#total--;
    const left = this.#runningOf(client) - 1;
    if (left > 0) this.#running.set(client, left);
    else this.#running.delete(client);
    const next = this.#next();
    if (next === undefined) {
      this.#lastTurn.clear();
      return;
    }
    this.#waiting.delete(next);
    this.#begin(next.client);
    next.admit();
  }

  #next(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (next === undefined || this.#isBefore(waiting.client, next.client)) next = waiting;
    }
    return next;
  }

  #isBefore(a: string, b: string): boolean {
    const fewer = this.#runningOf(a) - this.#runningOf(b);
    return fewer < 0 || (fewer === 0 && (this.#lastTurn.get(a) ?? 0) < (this.#lastTurn.get(b) ?? 0));
  }

  #runningOf(client: string): number {
    return this.#running.get(client) ?? 0;
  }
}

interface Waiting {
  readonly client: string;
  readonly admit: () => void;
}
