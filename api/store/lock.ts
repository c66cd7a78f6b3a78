import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  readonly #stripes = new Map<string, Stripe>();

  /** The lock files are made in `folder` when they are needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs while nobody else does under this name, and maybe under others: in this process in the order of asking. Not to be nested. */
  with<T>(name: string, run: () => Promise<T>): Promise<T> {
    const stripe = this.#stripe(name);
    return stripe.inTurn(async () => {
      stripe.file ??= await openFile(stripe.path);
      await begin(stripe.file);
      try {
        return await run();
      } finally {
        stripe.file.exec('ROLLBACK');
      }
    });
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#stripes.values()) file?.close();
    this.#stripes.clear();
  }

  #stripe(name: string): Stripe {
    const number = Number.parseInt(splitDigest(digestOf(Buffer.from(name))).encoded.slice(0, 8), 16) % STRIPES;
    const path = join(this.#folder, number.toString(16));
    const known = this.#stripes.get(path);
    if (known) return known;
    const stripe: Stripe = { path, inTurn: pLimit(1), file: undefined };
    this.#stripes.set(path, stripe);
    return stripe;
  }
}

interface Stripe {
  readonly path: string;
  readonly inTurn: LimitFunction;
  /** Opened by the first who has a turn. */
  file: DatabaseSync | undefined;
}

async function openFile(path: string): Promise<DatabaseSync> {
  await makeFolders(dirname(path));
  // SQLite would make it too, but not say why it cannot.
  await writeFile(path, '', { flag: 'ax' }).catch(unlessThere);
  return new DatabaseSync(path);
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
