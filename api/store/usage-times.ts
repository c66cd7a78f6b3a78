import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { AppendedLines } from '../folder/appended-lines.ts';
import type { Log } from '../log.ts';
import type { Reference } from '../oci/reference.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';

/** How many are remembered, some 200 bytes each; those whose last use is the longest ago are forgotten first. */
const MAX_REMEMBERED = 200_000;
/** A use so soon after one that is written is not, and what is to be written is so long after, in milliseconds. */
const GRAIN_MS = 60_000;
/** Lines that say no more than a later one, before the file is written anew without them. */
const MAX_OUTDATED = 100_000;
const LINE = /^(\S+ \S+) (\d{13})$/;

/** In milliseconds since 1970. */
interface LastUse {
  at: number;
  /** The last one that is written, or is about to be. */
  readonly written: number;
}

/** When manifests were last pulled, by repository and tag or digest. It is written in batches, never on the way of a request: a crash
 *  loses the last minute. On disk it is lines of `repository reference milliseconds`, to which several processes append. */
export class UsageTimes {
  readonly #times = new LRUCache<string, LastUse>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  readonly #lines: AppendedLines;
  #outdated = 0;

  private constructor(lines: AppendedLines) {
    this.#lines = lines;
  }

  /** Remembers in `folder`, made when there is something to write. */
  static async open(folder: string, log: Log): Promise<UsageTimes> {
    const lines = new AppendedLines(join(folder, 'used'), { what: 'times of use', writeAfterMs: GRAIN_MS, log });
    const times = new UsageTimes(lines);
    await times.#load();
    return times;
  }

  /** Notes that a manifest is pulled now. */
  note(repo: Repository, reference: Reference, now = Date.now()): void {
    const key = `${formatRepository(repo)} ${reference}`;
    const last = this.#times.get(key);
    if (last !== undefined && now - last.written < GRAIN_MS) {
      last.at = Math.max(last.at, now);
      return;
    }
    this.#times.set(key, { at: now, written: now });
    this.#lines.append(`${key} ${now}`);
    if (last !== undefined) this.#outdated += 1;
    if (this.#outdated > MAX_OUTDATED) void this.#rewrite();
  }

  /** When a manifest was last pulled by this reference, in milliseconds since 1970; undefined when nobody knows. */
  lastUsed(repo: Repository, reference: Reference): number | undefined {
    // To ask is no use: it must not decide about what is forgotten.
    return this.#times.peek(`${formatRepository(repo)} ${reference}`)?.at;
  }

  /** Writes what is not written yet. */
  flush(): Promise<void> {
    return this.#lines.flush();
  }

  async #load(): Promise<void> {
    await this.#read();
    if (this.#outdated > MAX_OUTDATED) await this.#rewrite();
  }

  /** Takes in what other processes have noted too. */
  async #read(): Promise<void> {
    const lines = await this.#lines.read(MAX_REMEMBERED + 2 * MAX_OUTDATED);
    for (const line of lines) {
      const [, key, time] = LINE.exec(line) ?? [];
      if (key === undefined) continue;
      const at = Number(time);
      if (at > (this.#times.get(key)?.at ?? 0)) this.#times.set(key, { at, written: at });
    }
    this.#outdated = lines.length - this.#times.size;
  }

  async #rewrite(): Promise<void> {
    this.#outdated = 0;
    await this.flush();
    await this.#read();
    this.#outdated = 0;
    // Those that are noted last are forgotten last.
    await this.#lines.replace([...this.#times].map(([key, { at }]) => `${key} ${at}`).reverse());
  }
}
