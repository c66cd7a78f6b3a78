import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { makeFolders } from '../folder/make-folders.ts';
import { digestOf, splitDigest } from '../oci/digest.ts';

/** How many locks there are; names share them. Few, as each is a file. */
const STRIPES = 16;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;
/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Locks by name that all processes on the folder respect, and that the kernel takes from a process that dies. Node has no file
 *  locks of its own; SQLite has, in an empty database: https://sqlite.org/lockingv3.html */
export class Locks implements Disposable {
  readonly #folder: string;
  readonly #stripes = new Map<string, { readonly file: DatabaseSync; readonly inTurn: LimitFunction }>();

  /** The lock files are made in `folder` when they are needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs while nobody else does under this name, and maybe under others. Not to be nested. */
  async with<T>(name: string, run: () => Promise<T>): Promise<T> {
    const { file, inTurn } = await this.#stripe(name);
    return inTurn(async () => {
      await begin(file);
      try {
        return await run();
      } finally {
        file.exec('ROLLBACK');
      }
    });
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#stripes.values()) file.close();
    this.#stripes.clear();
  }

  async #stripe(name: string): Promise<{ readonly file: DatabaseSync; readonly inTurn: LimitFunction }> {
    const number = Number.parseInt(splitDigest(digestOf(Buffer.from(name))).encoded.slice(0, 8), 16) % STRIPES;
    const stripe = number.toString(16);
    const path = join(this.#folder, stripe);
    await makeFolders(this.#folder);
    // SQLite would make it too, but not say why it cannot.
    if (!this.#stripes.has(stripe)) await writeFile(path, '', { flag: 'ax' }).catch(unlessThere);
    const known = this.#stripes.get(stripe);
    if (known) return known;
    const opened = { file: new DatabaseSync(path), inTurn: pLimit(1) };
    this.#stripes.set(stripe, opened);
    return opened;
  }
}

/** Waits until no other process has it. */
async function begin(file: DatabaseSync): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      // Nothing is ever written, so no journal need be, for which there may be no room.
      file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return;
    } catch (err) {
      if ((err as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw err;
    }
    // Not always the same, so that two who wait do not meet again and again.
    await setTimeout(waitMs * (0.5 + Math.random()));
  }
}

function unlessThere(err: NodeJS.ErrnoException): void {
  if (err.code !== 'EEXIST') throw err;
}
