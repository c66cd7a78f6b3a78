import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../api/log.ts';
import { describe } from './failure.ts';

/** What answers requests under one configuration. Disposed of, it ends what is under way. */
export interface Answering extends AsyncDisposable {
  readonly app: RequestListener;
  /** Begins what goes on in the background; the signal ends it. */
  readonly begin: (signal: AbortSignal) => void;
  /** Resolves when nothing is under way that was begun for a request, a download above all. */
  readonly idle: () => Promise<void>;
}

/** What answers requests now. Another may take its place: requests that have begun end with the one that they began with, which goes
 *  when the last of them and the last download for them have ended. */
export class Site implements AsyncDisposable {
  readonly #log: Log;
  readonly #leaving = new Map<Member, Promise<void>>();
  #now: Member;
  #isClosed = false;

  /** Takes over what it is given, and disposes of it. */
  constructor(first: Answering, log: Log) {
    this.#log = log;
    this.#now = new Member(first);
  }

  readonly answer: RequestListener = (req, res) => this.#now.answer(req, res);

  /** From the next request on. Does not wait for what is under way. */
  replace(next: Answering): void {
    const before = this.#now;
    this.#now = new Member(next);
    const leaving = before
      .leave()
      .catch((err: unknown) => {
        this.#log.error(`what was in force before cannot be closed: ${describe(err)}`);
      })
      .finally(() => this.#leaving.delete(before));
    this.#leaving.set(before, leaving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([...this.#leaving.keys(), this.#now].map((member) => member.close()));
    await Promise.all(this.#leaving.values());
  }
}

/** One of them, with how many requests it has to answer. */
class Member {
  readonly #answering: Answering;
  readonly #background = new AbortController();
  readonly #idle = Promise.withResolvers<undefined>();
  #requests = 0;
  #isLeaving = false;
  #closed: Promise<void> | undefined;

  constructor(answering: Answering) {
    this.#answering = answering;
    answering.begin(this.#background.signal);
  }

  answer(req: IncomingMessage, res: ServerResponse): void {
    this.#requests++;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      res.off('close', over);
      req.socket.off('close', over);
      this.#requests--;
      if (this.#isLeaving && this.#requests === 0) this.#idle.resolve(undefined);
    };
    res.once('close', over);
    // An answer that waits behind another one on its connection is never told that the connection is gone.
    req.socket.once('close', over);
    this.#answering.app(req, res);
  }

  async leave(): Promise<void> {
    this.#background.abort();
    this.#isLeaving = true;
    if (this.#requests > 0) await this.#idle.promise;
    await this.#answering.idle();
    await this.close();
  }

  close(): Promise<void> {
    this.#background.abort();
    this.#idle.resolve(undefined);
    return (this.#closed ??= Promise.resolve(this.#answering[Symbol.asyncDispose]()));
  }
}
