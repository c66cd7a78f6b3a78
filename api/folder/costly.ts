/** Up to here a result is simply made anew, in milliseconds. */
const CHEAP_MS = 20;
/** A costlier one is used again for so many times as long as it took, so that asking again and again costs a tenth at most. */
const REUSE_FACTOR = 10;

/** Something that costs a walk to find out and may be out of date a moment later. */
export class Costly<T> {
  readonly #make: () => Promise<{ value: T; final: boolean }>;
  #making: Promise<T> | undefined;
  #made: { value: T; until: number } | undefined;

  /** `final` says that the result holds for good. */
  constructor(make: () => Promise<{ value: T; final: boolean }>) {
    this.#make = make;
  }

  /** The result, made now or not long ago. Who asks while it is made gets the same. */
  async get(): Promise<T> {
    if (this.#made && performance.now() < this.#made.until) return this.#made.value;
    this.#making ??= this.#run().finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #run(): Promise<T> {
    const start = performance.now();
    const { value, final } = await this.#make();
    const end = performance.now();
    const tookMs = end - start;
    this.#made = { value, until: final ? Infinity : tookMs > CHEAP_MS ? end + REUSE_FACTOR * tookMs : end };
    return value;
  }
}
