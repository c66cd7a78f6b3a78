import { join } from 'node:path';
import { Tree } from '../folder/tree.ts';
import type { Log } from '../log.ts';
import type { Digest } from '../oci/digest.ts';
import { blobPath, KNOWN, POOL } from '../store/paths.ts';
import { Pool } from '../store/pool.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';
import { systemClock, type Clock } from '../clock.ts';
import { findWrong, type BadPlace, type Finding } from '../verify/bad-files.ts';
import { Quarantine } from '../verify/quarantine.ts';
import { isReadable, isWritable } from './access.ts';
import { Pace } from './pace.ts';
import { PacedHasher } from './paced-hasher.ts';
import { byPlace, ScrubProgress, type ScrubPlace } from './scrub-progress.ts';

/** What is small is not looked at again and again: from one beginning to the next it takes so long at least, in milliseconds. */
const PASS_AT_LEAST_MS = 60_000;
/** So much is done again when the process dies, in milliseconds. */
const SAVE_EVERY_MS = 30_000;

export interface ScrubberOptions {
  readonly store: Store;
  /** How much is read; Infinity for as fast as it goes. */
  readonly bytesPerSecond: number;
  readonly log: Log;
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
}

/** Hashes the blobs of the store again in the background, for ever, those first that were written first. One that is not what it
 *  should be is put aside, out of the pool and every layout, so that it is fetched again. */
export class Scrubber {
  readonly #store: Store;
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  readonly #stopping = new AbortController();
  readonly #tree: Tree;
  readonly #pool: Pool;
  readonly #hasher: PacedHasher;
  readonly #quarantine: Quarantine;
  readonly #progress: ScrubProgress;
  /** Bad files that could not be put aside, by identity: told of once. */
  readonly #stayed = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor({ store, bytesPerSecond, log, clock = systemClock }: ScrubberOptions) {
    this.#store = store;
    this.#log = log;
    this.#clock = clock;
    this.#tree = new Tree(store.root);
    this.#pool = new Pool(store.pool, new Unlinker({ dryRun: false }));
    this.#hasher = new PacedHasher(new Pace(bytesPerSecond, clock), this.#stopping.signal);
    this.#quarantine = new Quarantine(store);
    this.#progress = new ScrubProgress(join(store.root, KNOWN));
  }

  /** Begins, in the background. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends it; the next one goes on where it was. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    if (!(await isWritable(this.#store.root))) {
      this.#log.info(`${this.#store.root} is read-only: it is not scrubbed, as nothing could be put aside`);
      return;
    }
    try {
      for (;;) {
        const begun = this.#clock.now();
        await this.#passSafely();
        await this.#clock.sleep(Math.max(0, begun + PASS_AT_LEAST_MS - this.#clock.now()), signal);
      }
    } catch (err) {
      if (!signal.aborted) throw err;
    }
  }

  /** A disk that fails is no reason to stop: the next blob may be well. */
  async #passSafely(): Promise<void> {
    try {
      await this.#pass();
    } catch (err) {
      this.#stopping.signal.throwIfAborted();
      this.#log.warn(`scrub: ${(err as Error).message}`);
    }
  }

  /** Looks at all blobs once, or at those that the process before did not get to. */
  async #pass(): Promise<void> {
    const { signal } = this.#stopping;
    let [done, saved, savedAt] = [await this.#progress.read(), undefined as ScrubPlace | undefined, this.#clock.now()];
    const save = async (): Promise<void> => {
      if (done === undefined || done === saved) return;
      await this.#progress.write(done);
      [saved, savedAt] = [done, this.#clock.now()];
    };
    try {
      for (const place of await this.#placesAfter(done)) {
        signal.throwIfAborted();
        await this.#check(place.digest);
        done = place;
        if (this.#clock.now() - savedAt >= SAVE_EVERY_MS) await save();
      }
    } catch (err) {
      await save();
      throw err;
    }
    await this.#progress.clear();
  }

  async #placesAfter(done: ScrubPlace | undefined): Promise<ScrubPlace[]> {
    const places: ScrubPlace[] = [];
    for await (const digest of this.#pool.digests()) {
      this.#stopping.signal.throwIfAborted();
      const writtenMs = await this.#pool.writtenMs(digest);
      if (writtenMs === undefined) continue;
      const place = { writtenMs, digest };
      if (done === undefined || byPlace(place, done) > 0) places.push(place);
    }
    return places.sort(byPlace);
  }

  async #check(digest: Digest): Promise<void> {
    const path = blobPath(POOL, digest);
    const file = this.#tree.statFile(path);
    if (file === undefined || this.#stayed.has(file.identity)) return;
    const found = await findWrong(this.#hasher, { ...file, path, files: this.#tree }, digest);
    // Taken away meanwhile, as what nobody needs; or it is only we who may not read it.
    if (found === undefined || found.is === 'missing' || !(await isReadable(this.#tree.absolute(path)))) return;
    await this.#putAside({ path: this.#tree.absolute(path), expected: digest, found, identity: file.identity });
  }

  async #putAside(bad: BadPlace & { readonly expected: Digest }): Promise<void> {
    const { movedTo, stayed } = await this.#quarantine.move({ ...bad, otherPaths: [], images: [] });
    if (movedTo === undefined && bad.identity !== undefined) this.#stayed.add(bad.identity);
    const where = movedTo === undefined ? `it stays where it is: ${stayed}` : `it was put aside as ${movedTo}`;
    this.#log.error(`scrub: blob ${bad.expected} is bad (${describe(bad.found)}); ${where}`);
  }
}

function describe(found: Finding): string {
  switch (found.is) {
    case 'other':
      return `its content is ${found.digest}`;
    case 'size':
      return `${found.size} bytes, expected ${found.expectedSize}`;
    case 'unreadable':
    case 'invalid':
      return found.reason;
    case 'missing':
      return 'it is missing';
  }
}
