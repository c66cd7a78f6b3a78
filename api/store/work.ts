import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../folder/make-folders.ts';
import { algorithmOf, Digester, type Algorithm, type Digest } from '../oci/digest.ts';
import { linkOrCopy, makeDirectory, sync } from './durable.ts';
import { blobPath } from './paths.ts';

/** Bytes that come in. A chunk is not used any more once the one after the next is asked for. */
export type Incoming = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A blob by what it must be. */
export interface WantedBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** Bytes that are not what they should be; nothing of them is kept. */
export class WrongContent extends Error {
  override readonly name = 'WrongContent';
}

/** Called with how many bytes more were written. */
export type OnBytes = (bytes: number) => void;

/** Blobs on their way into the store: a folder that holds each under a name of its own, so that nobody sweeps them away before an
 *  image names them. Disposed of, only the pool and what was named remains. */
export class Work implements AsyncDisposable {
  /** For what is not to outlive it. */
  readonly folder: string;
  readonly #pool: string;
  readonly #held = new Map<Digest, number>();
  readonly #writing = new Map<Digest, Promise<void>>();
  readonly #written = new Set<Digest>();
  readonly #unsynced = new Set<string>();
  readonly #signal: AbortSignal | undefined;

  private constructor(folder: string, pool: string, signal: AbortSignal | undefined) {
    this.folder = folder;
    this.#signal = signal;
    this.#pool = pool;
  }

  /** Begins in a new folder below `folder`; `pool` has the blobs that are here already. `signal` ends writing. */
  static async begin(folder: string, pool: string, signal?: AbortSignal): Promise<Work> {
    const own = join(folder, randomUUID());
    await makeFolders(own);
    return new Work(own, pool, signal);
  }

  /** Whether a blob is here; it stays here then. */
  async hold({ digest, size }: WantedBlob): Promise<boolean> {
    if (this.#held.has(digest)) return true;
    const pooled = blobPath(this.#pool, digest);
    const found = await stat(pooled).catch(ifMissing);
    if (found?.size !== size) return false;
    const own = this.path(digest);
    await makeDirectory(dirname(own));
    const linked = await linkOrCopy(pooled, own).then(() => true, ifMissing);
    // Swept away just now.
    if (linked === undefined) return false;
    this.#held.set(digest, size);
    return true;
  }

  /** Writes a blob unless it is here or being written. Throws {@link WrongContent}, and what reading `open()` throws. */
  async put(blob: WantedBlob, open: () => Promise<Incoming>, onBytes: OnBytes = () => undefined): Promise<void> {
    const running = this.#writing.get(blob.digest);
    if (running) return running;
    const job = this.#put(blob, open, onBytes).finally(() => this.#writing.delete(blob.digest));
    this.#writing.set(blob.digest, job);
    return job;
  }

  /** Writes a blob whose digest is not known yet, and tells it. */
  async add(algorithm: Algorithm, bytes: Incoming, onBytes: OnBytes = () => undefined): Promise<WantedBlob> {
    const { temporary, digest, size } = await this.#write(algorithm, bytes, Infinity, onBytes);
    await this.#keep(temporary, { digest, size });
    return { digest, size };
  }

  /** Whether a blob came in by this work, and was not here before. */
  wrote(digest: Digest): boolean {
    return this.#written.has(digest);
  }

  /** Where a blob that is held lies. */
  path(digest: Digest): string {
    return blobPath(this.folder, digest);
  }

  /** Makes sure that what was written to the pool stays there. */
  async sync(): Promise<void> {
    for (const folder of this.#unsynced) await sync(folder);
    this.#unsynced.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #put(blob: WantedBlob, open: () => Promise<Incoming>, onBytes: OnBytes): Promise<void> {
    if (await this.hold(blob)) return;
    const algorithm = algorithmOf(blob.digest);
    if (algorithm === undefined) throw new WrongContent(`blob ${blob.digest}: its digest cannot be checked`);
    const { temporary, digest, size } = await this.#write(algorithm, await open(), blob.size, onBytes);
    if (digest === blob.digest && size === blob.size) return this.#keep(temporary, blob);
    await rm(temporary);
    throw new WrongContent(
      size === blob.size
        ? `blob ${blob.digest}: its content is ${digest}`
        : `blob ${blob.digest}: ${size} bytes, expected ${blob.size}`,
    );
  }

  /** Hashes while it writes: a chunk is hashed while it is being written, and the next one read meanwhile. */
  async #write(
    algorithm: Algorithm,
    bytes: Incoming,
    maxBytes: number,
    onBytes: OnBytes,
  ): Promise<{ temporary: string; digest: Digest; size: number }> {
    const temporary = join(this.folder, randomUUID());
    const digester = new Digester(algorithm);
    let size = 0;
    try {
      const file = await open(temporary, 'wx');
      try {
        let writing: Promise<unknown> = Promise.resolve();
        for await (const chunk of bytes) {
          await writing;
          this.#signal?.throwIfAborted();
          size += chunk.length;
          if (size > maxBytes) throw new WrongContent(`more than the ${maxBytes} bytes that were expected`);
          writing = file.writeFile(chunk);
          // It is waited for in a moment, or the file is given up.
          writing.catch(() => undefined);
          digester.update(chunk);
          onBytes(chunk.length);
        }
        await writing;
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (err) {
      await rm(temporary, { force: true });
      throw err;
    }
    return { temporary, digest: digester.digest(), size };
  }

  /** Gives a whole file its name here and in the pool. */
  async #keep(temporary: string, { digest, size }: WantedBlob): Promise<void> {
    const own = this.path(digest);
    const pooled = blobPath(this.#pool, digest);
    const isNew = (await stat(pooled).catch(ifMissing)) === undefined;
    await makeDirectory(dirname(own));
    await makeDirectory(dirname(pooled));
    await rename(temporary, own);
    await linkOrCopy(own, pooled);
    this.#unsynced.add(dirname(pooled));
    this.#held.set(digest, size);
    if (isNew) this.#written.add(digest);
  }
}

function ifMissing(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT') return undefined;
  throw err;
}
