import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../folder/make-folders.ts';
import { isDigest, type Digest } from '../oci/digest.ts';
import { replaceFile } from '../store/durable.ts';

/** A blob's place in the order in which blobs are looked at: what was written first comes first. */
export interface ScrubPlace {
  /** In milliseconds since 1970. */
  readonly writtenMs: number;
  readonly digest: Digest;
}

export function byPlace(a: ScrubPlace, b: ScrubPlace): number {
  return a.writtenMs - b.writtenMs || (a.digest < b.digest ? -1 : Number(a.digest > b.digest));
}

/** How far a scrub has come, in a small file, so that the next process goes on there. */
export class ScrubProgress {
  readonly #file: string;

  /** `folder` is made when there is something to write. */
  constructor(folder: string) {
    this.#file = join(folder, 'scrub');
  }

  /** The last blob that was looked at; undefined at the beginning, or when nobody knows. */
  async read(): Promise<ScrubPlace | undefined> {
    try {
      const { writtenMs, digest } = JSON.parse(await readFile(this.#file, 'utf8')) as Partial<ScrubPlace>;
      return typeof writtenMs === 'number' && isDigest(digest) ? { writtenMs, digest } : undefined;
    } catch {
      // What is lost costs a look from the beginning.
      return undefined;
    }
  }

  /** Throws what the disk says. */
  async write({ writtenMs, digest }: ScrubPlace): Promise<void> {
    await makeFolders(dirname(this.#file));
    await replaceFile(this.#file, JSON.stringify({ writtenMs, digest }));
  }

  /** The next one begins at the beginning. */
  async clear(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
