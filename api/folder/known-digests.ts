import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { algorithmOf, isDigest, splitDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import type { Log } from '../log.ts';
import { isSettled, type FileIdentity } from './file-identity.ts';

/** How many files are remembered, some 200 bytes each; more than that are hashed again when they are next asked for. */
const MAX_REMEMBERED = 200_000;
const WRITE_AFTER_MS = 1_000;

/** What files hold, by their identity, so that none is hashed twice: not by this process, and where the folder may be
 *  written not by the next one either. On disk it is lines of `identity digest`, only ever appended to while running;
 *  a torn or lost line costs one more hash. */
export class KnownDigests {
  readonly #digests = new LRUCache<string, string>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  /** Undefined where nothing is, or can be, written. */
  #file: string | undefined;
  readonly #log: Log;
  #unwritten: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string | undefined, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  /** Remembers in `folder` (made when there is something to write); in memory only without one. */
  static async open(folder: string | undefined, log: Log): Promise<KnownDigests> {
    const known = new KnownDigests(folder && join(folder, 'digests'), log);
    await known.#load();
    return known;
  }

  /** The digest of the file with this identity, if it is known. */
  get(identity: FileIdentity, algorithm: Algorithm): Digest | undefined {
    const encoded = this.#digests.get(`${identity} ${algorithm}`);
    return encoded === undefined ? undefined : (`${algorithm}:${encoded}` as Digest);
  }

  set(identity: FileIdentity, digest: Digest): void {
    if (!isSettled(identity)) return;
    this.#remember(identity, digest);
    if (this.#file === undefined) return;
    this.#unwritten.push(`${identity} ${digest}\n`);
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref();
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#append());
    await this.#writing;
  }

  #remember(identity: string, digest: Digest): void {
    const { algorithm, encoded } = splitDigest(digest);
    this.#digests.set(`${identity} ${algorithm}`, encoded);
  }

  async #load(): Promise<void> {
    if (this.#file === undefined) return;
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(-MAX_REMEMBERED * 2);
    for (const line of lines) {
      const [identity = '', digest] = line.split(' ');
      if (/^(?:\d+\+\d+@)?\d+:\d+:\d+:\d+$/.test(identity) && isDigest(digest) && algorithmOf(digest))
        this.#remember(identity, digest);
    }
    if (lines.length > MAX_REMEMBERED * 1.5) await this.#rewrite();
  }

  async #append(): Promise<void> {
    const lines = this.#unwritten.splice(0);
    if (lines.length === 0) return;
    await this.#attempt(async (file) => {
      await mkdir(join(file, '..'), { recursive: true });
      await appendFile(file, lines.join(''));
    });
  }

  /** Leaves out what is no longer remembered. Another process that appends meanwhile loses lines, which costs hashes only. */
  async #rewrite(): Promise<void> {
    await this.#attempt(async (file) => {
      const lines = [...this.#digests].map(([key, encoded]) => `${key}:${encoded}\n`).reverse();
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, lines.join(''));
      await rename(temporary, file);
    });
  }

  async #attempt(write: (file: string) => Promise<void>): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await write(this.#file);
    } catch (err) {
      // A read-only folder is normal; a full disk must not stop serving.
      this.#file = undefined;
      this.#log.debug(`verified files are remembered in memory only: ${(err as Error).message}`);
    }
  }
}
