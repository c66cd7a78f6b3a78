import { readdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDigest, type Digest } from '../oci/digest.ts';
import { temporaryBeside } from './durable.ts';
import { ifMissing } from './if-missing.ts';
import { blobPath } from './paths.ts';
import type { FileName, Unlinker } from './unlinker.ts';

/** A blob in the pool. */
export interface PooledBlob extends FileName {
  readonly digest: Digest;
}

/** The blobs that were written here, as far as taking them away goes. */
export class Pool {
  readonly #folder: string;
  readonly #unlinker: Unlinker;

  constructor(folder: string, unlinker: Unlinker) {
    this.#folder = folder;
    this.#unlinker = unlinker;
  }

  look(digest: Digest): Promise<FileName | undefined> {
    return this.#unlinker.look(blobPath(this.#folder, digest));
  }

  /** When a blob was written, in milliseconds since 1970, whatever names it was given since; undefined when there is none. */
  async writtenMs(digest: Digest): Promise<number | undefined> {
    return (await stat(blobPath(this.#folder, digest)).catch(ifMissing))?.mtimeMs;
  }

  /** Every blob, in no order: looked at one after the other, so that a server goes on answering meanwhile. */
  async *blobs(): AsyncGenerator<PooledBlob> {
    for await (const digest of this.digests()) {
      const file = await this.look(digest);
      if (file) yield { ...file, digest };
    }
  }

  /** The digests of all blobs, in no order. */
  async *digests(): AsyncGenerator<Digest> {
    for (const folder of await this.#folders()) {
      for (const name of await readdir(folder).catch(noneIfMissing)) {
        const digest = `${basename(folder)}:${name}`;
        if (isDigest(digest)) yield digest;
      }
    }
  }

  /** What all blobs take, in bytes. */
  async bytes(signal?: AbortSignal): Promise<number> {
    let bytes = 0;
    for await (const { size } of this.blobs()) {
      signal?.throwIfAborted();
      bytes += size;
    }
    return bytes;
  }

  /** Changes when a blob comes or goes, whoever brings or takes it. */
  async version(): Promise<string> {
    const times = [];
    for (const folder of await this.#folders()) {
      const found = await stat(folder, { bigint: true }).catch(ifMissing);
      times.push(`${folder} ${found?.mtimeNs}`);
    }
    return times.sort().join('\n');
  }

  /** Takes a blob out when nobody else has it under another name; undefined when somebody has. */
  async release(digest: Digest): Promise<FileName | undefined> {
    const path = blobPath(this.#folder, digest);
    if ((await this.#unlinker.look(path))?.links !== 1) return undefined;
    if (this.#unlinker.dryRun) return this.#unlinker.unlink(path);
    // Who wants to use it gives it a second name. Under one that nobody knows, nobody can any more, so that looking decides.
    const hidden = temporaryBeside(path);
    await rename(path, hidden);
    if ((await this.#unlinker.look(hidden))?.links === 1) return this.#unlinker.unlink(hidden);
    await rename(hidden, path);
    return undefined;
  }

  async #folders(): Promise<string[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(noneIfMissing);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(this.#folder, name));
  }
}

function noneIfMissing(err: NodeJS.ErrnoException): [] {
  if (err.code === 'ENOENT') return [];
  throw err;
}
