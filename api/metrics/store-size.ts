import { Pool } from '../store/pool.ts';
import { Unlinker } from '../store/unlinker.ts';

/** Counting takes no more than this part of the time, however large the store is. */
const COUNTING_SHARE = 0.02;
const COUNT_EVERY_MS = 15_000;

/** What the store holds. */
export interface Held {
  readonly blobs: number;
  readonly bytes: number;
}

/** How much is in the store: counted when somebody asks and something came or went, though not often. */
export class StoreSize {
  readonly #pool: Pool;
  readonly #now: () => number;
  #held: Held | undefined;
  #version: string | undefined;
  #countAgainAt = 0;
  #counting: Promise<Held> | undefined;

  /** `folder` is that of the pool, which need not be there. */
  constructor(folder: string, now: () => number = () => performance.now()) {
    this.#pool = new Pool(folder, new Unlinker({ dryRun: true }));
    this.#now = now;
  }

  /** As it was counted last; only who asks first waits for it. */
  async get(): Promise<Held> {
    if (this.#now() >= this.#countAgainAt) {
      this.#counting ??= this.#count().finally(() => (this.#counting = undefined));
      // Whoever waits for it is told.
      this.#counting.catch(() => undefined);
    }
    return this.#held ?? (await this.#counting!);
  }

  async #count(): Promise<Held> {
    const begun = this.#now();
    const version = await this.#pool.version();
    if (this.#held === undefined || version !== this.#version) {
      let blobs = 0;
      let bytes = 0;
      for await (const { size } of this.#pool.blobs()) {
        blobs++;
        bytes += size;
      }
      this.#held = { blobs, bytes };
      this.#version = version;
    }
    this.#countAgainAt = begun + Math.max(COUNT_EVERY_MS, (this.#now() - begun) / COUNTING_SHARE);
    return this.#held;
  }
}
