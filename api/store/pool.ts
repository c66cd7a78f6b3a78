import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, type Digest } from '../oci/digest.ts';
import { isTemporary, temporaryBeside } from './durable.ts';
import { blobPath } from './paths.ts';
import type { FileName, Unlinker } from './unlinker.ts';

/** A blob in the pool. */
export interface PooledBlob extends FileName {
  readonly digest: Digest;
  readonly path: string;
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

  /** Every blob, in no order. */
  async *blobs(): AsyncGenerator<PooledBlob> {
    for (const { path, digest } of await this.#files()) {
      const file = digest && (await this.#unlinker.look(path));
      if (file) yield { ...file, digest, path };
    }
  }

  /** What a process that died has left. */
  async temporaries(): Promise<string[]> {
    return (await this.#files()).filter(({ name }) => isTemporary(name)).map(({ path }) => path);
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

  async #files(): Promise<{ name: string; path: string; digest: Digest | undefined }[]> {
    const folders = await readdir(this.#folder, { withFileTypes: true }).catch(noneIfMissing);
    const files = [];
    for (const folder of folders) {
      if (!folder.isDirectory()) continue;
      for (const name of await readdir(join(this.#folder, folder.name)).catch(noneIfMissing)) {
        const digest = `${folder.name}:${name}`;
        files.push({
          name,
          path: join(this.#folder, folder.name, name),
          digest: isDigest(digest) ? digest : undefined,
        });
      }
    }
    return files;
  }
}

function noneIfMissing(err: NodeJS.ErrnoException): [] {
  if (err.code === 'ENOENT') return [];
  throw err;
}
