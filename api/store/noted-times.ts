import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { AppendedLines } from '../folder/appended-lines.ts';
import type { Log } from '../log.ts';
import type { Reference } from '../oci/reference.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';

/** How many are remembered, some 200 bytes each; those whose last time is the longest ago are forgotten first. */
const MAX_REMEMBERED = 200_000;
/** A time so soon after another is not written, and what was noted is written so long after, in milliseconds. */
const GRAIN_MS = 60_000;
/** Lines that say no more than a later one, before the file is written anew without them. */
const MAX_OUTDATED = 100_000;
const LINE = /^(\S+ \S+) (\d{13})$/;

interface Noted {
  at: number;
  /** What of it is, or is soon, on disk. */
  readonly written: number;
}

/** When something last happened to manifests, by repository and tag or digest. It is written in batches, never on the way of a request:
 *  a crash loses the last minute. On disk it is lines of `repository reference milliseconds`, to which several processes append. */
export class NotedTimes {
  readonly #times = new LRUCache<string, Noted>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  readonly #lines: AppendedLines;
  #outdated = 0;

  private constructor(lines: AppendedLines) {
    this.#lines = lines;
  }

  /** Remembers in a file in `folder`, made when there is something to write; `what` is what the times are of, for the log. */
  static async open(folder: string, { name, what }: { name: string; what: string }, log: Log): Promise<NotedTimes> {
    const times = new NotedTimes(new AppendedLines(join(folder, name), { what, writeAfterMs: GRAIN_MS, log }));
    await times.#load();
    return times;
  }

  /** Notes that it happens now. */
  note(repo: Repository, reference: Reference, now = Date.now()): void {
    const key = `${formatRepository(repo)} ${reference}`;
    const known = this.#times.get(key);
    if (known && now - known.written < GRAIN_MS) {
      known.at = Math.max(known.at, now);
      return;
    }
    this.#times.set(key, { at: now, written: now });
    this.#lines.append(`${key} ${now}`);
    if (known) this.#outdated += 1;
    if (this.#outdated > MAX_OUTDATED) void this.#rewrite();
  }

  /** When it last happened, in milliseconds since 1970; undefined when nobody knows. */
  last(repo: Repository, reference: Reference): number | undefined {
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
