import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../folder/make-folders.ts';
import { algorithmOf, Digester, type Algorithm, type Digest } from '../oci/digest.ts';
import { linkOrCopy, linkOrMove, makeDirectory, naming, sync } from './durable.ts';
import { blobPath } from './paths.ts';
import { ifMissing } from './if-missing.ts';

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
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #jobs = new Set<Promise<unknown>>();

  private constructor(folder: string, pool: string, signal: AbortSignal | undefined) {
    this.folder = folder;
    this.#signal = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
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

  /** Writes a blob unless it is here or being written. Throws {@link WrongContent}, and what reading the source throws. */
  async put(blob: WantedBlob, source: () => Promise<Incoming>, onBytes: OnBytes = () => undefined): Promise<void> {
    const running = this.#writing.get(blob.digest);
    if (running) return running;
    const job = this.#running(() => this.#put(blob, source, onBytes)).finally(() => this.#writing.delete(blob.digest));
    this.#writing.set(blob.digest, job);
    return job;
  }

  /** Writes a blob whose digest is not known yet, and tells it. */
  async add(
    algorithm: Algorithm,
    source: () => Promise<Incoming>,
    onBytes: OnBytes = () => undefined,
  ): Promise<WantedBlob> {
    return this.#running(async () => {
      const { temporary, digest, size } = await this.#write(algorithm, source, undefined, onBytes);
      await this.#keep(temporary, { digest, size });
      return { digest, size };
    });
  }

  /** A path for a file that is to become a blob. */
  temporary(): string {
    return join(this.folder, randomUUID());
  }

  /** Makes a blob of a file at a path of {@link Work.temporary}, which is whole, was checked by whoever wrote it, and is synced. */
  adopt(temporary: string, blob: WantedBlob): Promise<void> {
    return this.#running(() => this.#keep(temporary, blob));
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

  /** What is still being written is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error('what this was written for has ended'));
    await Promise.allSettled(this.#jobs);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs what the folder is not to be removed under. */
  async #running<T>(run: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const job = run();
    this.#jobs.add(job);
    return job.finally(() => this.#jobs.delete(job));
  }

  async #put(blob: WantedBlob, source: () => Promise<Incoming>, onBytes: OnBytes): Promise<void> {
    if (await this.hold(blob)) return;
    const algorithm = algorithmOf(blob.digest);
    if (algorithm === undefined) throw new WrongContent(`blob ${blob.digest}: its digest cannot be checked`);
    const { temporary, digest, size } = await this.#write(algorithm, source, blob, onBytes);
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
    source: () => Promise<Incoming>,
    wanted: WantedBlob | undefined,
    onBytes: OnBytes,
  ): Promise<{ temporary: string; digest: Digest; size: number }> {
    const temporary = this.temporary();
    const digester = new Digester(algorithm);
    let size = 0;
    try {
      const file = await open(temporary, 'wx');
      try {
        let writing: Promise<unknown> = Promise.resolve();
        // Opened last, as who iterates closes it.
        for await (const chunk of await source()) {
          await writing;
          this.#signal.throwIfAborted();
          size += chunk.length;
          if (wanted && size > wanted.size)
            throw new WrongContent(`blob ${wanted.digest}: more than the ${wanted.size} bytes that were expected`);
          writing = naming(temporary, file.writeFile(chunk));
          // It is waited for in a moment, or the file is given up.
          writing.catch(() => undefined);
          digester.update(chunk);
          onBytes(chunk.length);
        }
        await writing;
        await naming(temporary, file.sync());
      } finally {
        await file.close();
      }
    } catch (err) {
      await rm(temporary, { force: true });
      throw err;
    }
    return { temporary, digest: digester.digest(), size };
  }

  /** Gives a whole file its name in the pool and here. What the pool has by now is taken instead, lest the same bytes are on disk
   *  twice. */
  async #keep(temporary: string, blob: WantedBlob): Promise<void> {
    const pooled = blobPath(this.#pool, blob.digest);
    const isNew = (await stat(pooled).catch(ifMissing)) === undefined;
    await makeDirectory(dirname(pooled));
    while (!(await this.hold(blob))) await linkOrMove(temporary, pooled);
    await rm(temporary, { force: true });
    this.#unsynced.add(dirname(pooled));
    if (isNew) this.#written.add(blob.digest);
  }
}
