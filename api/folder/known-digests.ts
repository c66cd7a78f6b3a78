import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { algorithmOf, isDigest, splitDigest, type Algorithm, type Digest } from '../oci/digest.ts';
import type { Log } from '../log.ts';
import { AppendedLines } from './appended-lines.ts';
import { isSettled, type FileIdentity } from './file-identity.ts';

/** How many files are remembered, some 200 bytes each; more than that are hashed again when they are next asked for. */
const MAX_REMEMBERED = 200_000;
const WRITE_AFTER_MS = 1_000;

/** What files hold, by their identity, so that none is hashed twice: not by this process, and where the folder may be
 *  written not by the next one either. On disk it is lines of `identity digest`; a torn or lost line costs one more hash. */
export class KnownDigests {
  readonly #digests = new LRUCache<string, string>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  readonly #lines: AppendedLines;

  private constructor(lines: AppendedLines) {
    this.#lines = lines;
  }

  /** Remembers in `folder` (made when there is something to write); in memory only without one. */
  static async open(folder: string | undefined, log: Log): Promise<KnownDigests> {
    const file = folder && join(folder, 'digests');
    const known = new KnownDigests(
      new AppendedLines(file, { what: 'verified files', writeAfterMs: WRITE_AFTER_MS, log }),
    );
    await known.#load();
    return known;
  }

  /** The digest of the file with this identity, if it is known. */
  get(identity: FileIdentity, algorithm: Algorithm): Digest | undefined {
    const encoded = this.#digests.get(`${identity} ${algorithm}`);
    return encoded === undefined ? undefined : (`${algorithm}:${encoded}` as Digest);
  }

  set(identity: FileIdentity, digest: Digest): void {
    if (isSettled(identity)) this.vouch(identity, digest);
  }

  /** Takes the word of who wrote the file, and does not write to it any more. */
  vouch(identity: FileIdentity, digest: Digest): void {
    this.#remember(identity, digest);
    this.#lines.append(`${identity} ${digest}`);
  }

  /** Writes what is not written yet. */
  flush(): Promise<void> {
    return this.#lines.flush();
  }

  #remember(identity: string, digest: Digest): void {
    const { algorithm, encoded } = splitDigest(digest);
    this.#digests.set(`${identity} ${algorithm}`, encoded);
  }

  async #load(): Promise<void> {
    const lines = await this.#lines.read(MAX_REMEMBERED * 2);
    for (const line of lines) {
      const [identity = '', digest] = line.split(' ');
      if (/^(?:\d+\+\d+@)?\d+:\d+:\d+:\d+$/.test(identity) && isDigest(digest) && algorithmOf(digest))
        this.#remember(identity, digest);
    }
    // What another process appends meanwhile is lost, which costs hashes only.
    if (lines.length > MAX_REMEMBERED * 1.5) {
      await this.#lines.replace([...this.#digests].map(([key, encoded]) => `${key}:${encoded}`).reverse());
    }
  }
}
