import type { Log } from '../log.ts';

/** Tells that what is fetched cannot be kept: once, until something is kept again. A disk that is full would fill the log, too. */
export class UnkeptNotice {
  readonly #log: Log;
  #isTold = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `what` is not kept, because of `err`. */
  tell(what: string, err: unknown): void {
    const message = `${what} is passed on and not kept: ${(err as Error).message}`;
    if (this.#isTold) this.#log.debug(message);
    else this.#log.warn(message);
    this.#isTold = true;
  }

  /** The disk takes what comes. */
  reset(): void {
    this.#isTold = false;
  }
}
