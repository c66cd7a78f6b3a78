import { statfs } from 'node:fs/promises';
import type { Log } from '../log.ts';
import { evict, type Eviction, type Room } from '../prune/evict.ts';
import type { Usage } from '../prune/prune-candidates.ts';
import type { ImageFilter } from '../prune/prune-selection.ts';
import { Pool } from '../store/pool.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';
import { systemClock, type Clock } from '../clock.ts';
import { isWritable } from './access.ts';

/** How often it is looked whether there is too much, in milliseconds: eviction is to begin within 10 s. */
const LOOK_EVERY_MS = 3_000;
/** Where nothing more could go, or something failed, it is tried again so long after, in milliseconds; and when nothing came or went
 *  since, so long after: by then blobs may be of no use that were when it was looked. */
const TRY_AGAIN_MS = 60_000;
const TRY_UNCHANGED_AGAIN_MS = 15 * 60_000;
/** What other processes bring or take is found by counting: at most so often, in milliseconds, and for this part of the time. */
const COUNT_EVERY_MS = 60_000;
const COUNTING_SHARE = 0.02;
/** What is left of `maxBytes`, and how much more than `minFreeBytes` is free, when an eviction ends. */
const LOW_MARK = 0.9;
const FREE_MARK = 1.1;

export interface CacheBoundsOptions {
  readonly store: Store;
  readonly usage: Usage;
  /** Images that stay. */
  readonly isPinned: ImageFilter;
  /** What all blobs in the store may take; Infinity for no limit. */
  readonly maxBytes: number;
  /** What is to be free where the store lies; 0 for no limit. */
  readonly minFreeBytes: number;
  readonly log: Log;
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** Told how many bytes of images were removed. */
  readonly onEvicted?: (bytes: number) => void;
  /** What is free where a folder lies, in bytes; as the file system says. */
  readonly freeBytesAt?: (folder: string) => Promise<number>;
}

/** Keeps the store within its bounds: when it holds too much, or too little is free beside it, the cached images go in the background
 *  that are unused the longest. What was loaded, made by hand or is pinned counts, and stays. */
export class CacheBounds {
  readonly #options: CacheBoundsOptions;
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  readonly #pool: Pool;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** What the pool held when it was counted, and what came since. */
  #countedBytes = 0;
  #grownBytes = 0;
  /** What the pool was like when it was counted. */
  #version: string | undefined;
  #countAgainAt = 0;
  /** When it could not be done. */
  #failedAt = -Infinity;
  /** What the pool was like then. */
  #failedVersion: string | undefined;
  /** Whether it was said that the bounds cannot be kept. */
  #toldExhausted = false;
  /** Whether less is free than is to be, and it could not be mended. */
  #isDiskFull = false;
  #toldProblems: ReadonlySet<string> = new Set();

  constructor(options: CacheBoundsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pool = new Pool(options.store.pool, new Unlinker({ dryRun: false }));
  }

  /** Begins to keep them, in the background. */
  start(): void {
    const { maxBytes, minFreeBytes } = this.#options;
    if (maxBytes < Infinity || minFreeBytes > 0) this.#running = this.#run();
  }

  /** Told how many bytes of blobs came into the pool. */
  grew(bytes: number): void {
    this.#grownBytes += bytes;
  }

  /** Whether less is free than is to be, as far as is known, and nothing can go. */
  get isDiskFull(): boolean {
    return this.#isDiskFull;
  }

  /** Ends it, an eviction that is under way included. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, log } = this.#options;
    const { signal } = this.#stopping;
    try {
      if (!(await isWritable(store.root))) {
        log.info(`${store.root} is read-only: the cache there has no bounds`);
        return;
      }
      for (;;) {
        await this.#keepSafely();
        await this.#clock.sleep(LOOK_EVERY_MS, signal);
      }
    } catch (err) {
      if (!signal.aborted) throw err;
    }
  }

  /** A disk that fails, or is full, is no reason to stop: it may be better later. */
  async #keepSafely(): Promise<void> {
    try {
      await this.#keep();
    } catch (err) {
      this.#stopping.signal.throwIfAborted();
      this.#noteFailure();
      this.#tell([`keeping the cache within its bounds failed: ${(err as Error).message}`]);
    }
  }

  async #keep(): Promise<void> {
    await this.#countIfChanged();
    const room = await this.#room();
    if (!this.#isTooMuch(room)) {
      this.#toldExhausted = false;
      this.#isDiskFull = false;
      return;
    }
    if (!(await this.#mayTry())) return;
    const { store, usage, isPinned } = this.#options;
    const options = { usage, isPinned, now: this.#clock.now(), signal: this.#stopping.signal };
    const evicted = await evict(store, room, options).catch((err: unknown) => {
      this.#isDiskFull = room.missingBytes > 0;
      throw err;
    });
    this.#options.onEvicted?.(evicted.freedBytes);
    await this.#count();
    const left = await this.#room();
    this.#isDiskFull = left.missingBytes > 0 && evicted.isExhausted;
    this.#tellOf(evicted, this.#isTooMuch(left));
  }

  async #mayTry(): Promise<boolean> {
    const sinceFailed = this.#clock.now() - this.#failedAt;
    if (sinceFailed < TRY_AGAIN_MS) return false;
    return sinceFailed >= TRY_UNCHANGED_AGAIN_MS || (await this.#pool.version()) !== this.#failedVersion;
  }

  #noteFailure(): void {
    this.#failedAt = this.#clock.now();
    this.#failedVersion = this.#version;
  }

  #isTooMuch({ maxBytes, missingBytes }: Room): boolean {
    return this.#heldBytes > maxBytes || missingBytes > 0;
  }

  get #heldBytes(): number {
    return this.#countedBytes + this.#grownBytes;
  }

  async #room(): Promise<Room> {
    const { store, maxBytes, minFreeBytes, freeBytesAt = freeBytes } = this.#options;
    const free = minFreeBytes > 0 ? await freeBytesAt(store.root) : Infinity;
    const missingBytes = free < minFreeBytes ? Math.ceil(minFreeBytes * FREE_MARK) - free : 0;
    return { maxBytes, lowBytes: Math.floor(maxBytes * LOW_MARK), missingBytes };
  }

  async #countIfChanged(): Promise<void> {
    if (this.#options.maxBytes === Infinity || this.#clock.now() < this.#countAgainAt) return;
    if ((await this.#pool.version()) !== this.#version) await this.#count();
  }

  /** What comes meanwhile may count twice, until the next time: an eviction looks again before it begins. */
  async #count(): Promise<void> {
    const begun = this.#clock.now();
    const version = await this.#pool.version();
    this.#grownBytes = 0;
    this.#countedBytes = await this.#pool.bytes(this.#stopping.signal);
    this.#version = version;
    const took = this.#clock.now() - begun;
    this.#countAgainAt = begun + Math.max(COUNT_EVERY_MS, took / COUNTING_SHARE);
  }

  #tellOf({ images, freedBytes, isExhausted, problems }: Eviction, isTooMuch: boolean): void {
    const { log, maxBytes, minFreeBytes } = this.#options;
    const heldBytes = this.#heldBytes;
    if (images > 0 || freedBytes > 0) {
      const message = `cache: ${images} ${images === 1 ? 'image' : 'images'} evicted, ${freedBytes} bytes freed, ${heldBytes} held`;
      log.info(message, { images, freedBytes, heldBytes });
    }
    this.#tell(problems);
    if (!isTooMuch || !isExhausted) return;
    this.#noteFailure();
    if (this.#toldExhausted) return;
    this.#toldExhausted = true;
    const why = 'what else is there was loaded, made by hand, or is pinned or in use';
    if (heldBytes > maxBytes) log.warn(`cache: ${heldBytes} bytes held, more than ${maxBytes}: ${why}`);
    else log.warn(`cache: less than ${minFreeBytes} bytes free: ${why}`);
  }

  /** Each once while it lasts. */
  #tell(problems: readonly string[]): void {
    for (const problem of problems) if (!this.#toldProblems.has(problem)) this.#options.log.warn(`cache: ${problem}`);
    this.#toldProblems = new Set(problems);
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
