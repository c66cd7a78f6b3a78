import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** One comparison, as a thread is told it. */
export interface PasswordCheck {
  readonly password: string;
  /** bcrypt. */
  readonly hash: string;
}

/** Of the same kind as this file, which is TypeScript or was compiled. */
const PROGRAM = new URL(`./password-worker${extname(import.meta.filename)}`, import.meta.url);

/** A thread that compares passwords, one after the other. While it has nothing to do it keeps no process from its end. */
export class PasswordThread implements AsyncDisposable {
  readonly #worker = new Worker(PROGRAM);
  #current: PromiseWithResolvers<boolean> | undefined;
  #isBroken = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (isRight: boolean) => this.#end((current) => current.resolve(isRight)));
    this.#worker.on('error', (cause) => this.#break(cause));
    this.#worker.on('exit', () => this.#break(undefined));
  }

  /** It has ended, and compares no more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Not to be called while it compares. Rejects when the thread ends. */
  compare(check: PasswordCheck): Promise<boolean> {
    this.#current = Promise.withResolvers();
    this.#worker.ref();
    this.#worker.postMessage(check);
    return this.#current.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #break(cause: unknown): void {
    this.#isBroken = true;
    this.#end((current) => current.reject(new Error('a thread that compares passwords has ended', { cause })));
  }

  #end(settle: (current: PromiseWithResolvers<boolean>) => void): void {
    const current = this.#current;
    this.#current = undefined;
    this.#worker.unref();
    if (current) settle(current);
  }
}
