/** Has the same work done once for all who want it at the same time. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  /** What comes of the work under this key; `joined` when somebody else began it. */
  run(key: string, work: () => Promise<T>): { readonly result: Promise<T>; readonly joined: boolean } {
    const running = this.#running.get(key);
    if (running) return { result: running, joined: true };
    const result = work().finally(() => this.#running.delete(key));
    this.#running.set(key, result);
    return { result, joined: false };
  }

  has(key: string): boolean {
    return this.#running.has(key);
  }
}
