import { setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { sniffArchive, unsupportedCompression } from '../archive/compression.ts';
import { indexTar } from '../archive/tar-index.ts';
import { InvalidArchive } from '../archive/invalid-archive.ts';
import { Archive, type Tar } from './archive.ts';
import { archiveNames } from './archive-names.ts';
import { ageOf, isSettled, type FileIdentity } from './file-identity.ts';
import type { OpenFile } from './files.ts';
import type { ImageDir } from './image-dir.ts';
import type { PartReaders } from './image-parts.ts';
import { NotServed, readFailure } from './not-served.ts';
import { escapeComponent } from './repository-path.ts';
import type { Tree } from './tree.ts';
import type { Unpacker } from './unpacker.ts';
import { join } from './join-path.ts';

/** Entries of one archive that is read in place: far more than any image has blobs. */
const MAX_ENTRIES = 100_000;
/** Entries of all that are remembered, some 200 bytes each. */
const MAX_REMEMBERED = 200_000;
const MAX_FOLDERS = 20_000;
/** How long a request waits for an archive that was never seen before, from when that began, in milliseconds. */
const PATIENCE_MS = 2_000;
/** How long when another archive may have what is asked for. */
const GRACE_MS = 50;
/** A larger one that is compressed takes longer than a request may wait, so none does. */
const SOON_UNPACKED_BYTES = 64 * 1024 * 1024;
/** A compressed one that changed just now is still being copied here. */
const COPIED_AFTER_MS = 1_500;
/** After so long, what stood in the way of unpacking may be gone, as a full disk. */
const RETRY_MS = 30_000;
const HEAD_BYTES = 512;

/** An archive whose images will be known in a while. */
class StillIndexing extends NotServed {}

/** What became of indexing an archive. */
interface Indexed {
  readonly identity: FileIdentity;
  readonly archive?: Archive;
  readonly failure?: NotServed;
}

/** Where a repository may be. */
interface Place {
  /** The archive. */
  readonly path: string;
  /** What the repository is called in there. */
  readonly inside: string;
}

interface Job {
  readonly began: number;
  readonly done: Promise<Archive>;
  /** Aborted when it is sure to take long. */
  readonly slow: AbortSignal;
}

/** The archives in a folder, read where they lie. An archive's names count from the folder it lies in, so a repository can only be
 *  in those that lie above it, and nothing is scanned to find them. Each is indexed once, when it is first looked into. */
export class Archives {
  readonly #tree: Tree;
  readonly #readers: PartReaders;
  readonly #unpacker: Unpacker;
  readonly #indexed: LRUCache<string, Indexed>;
  readonly #jobs = new Map<string, Job>();
  readonly #folders = new LRUCache<string, { id: FileIdentity; names: readonly string[] }>({ max: MAX_FOLDERS });

  constructor(tree: Tree, readers: PartReaders, unpacker: Unpacker) {
    this.#tree = tree;
    this.#readers = readers;
    this.#unpacker = unpacker;
    this.#indexed = new LRUCache({
      maxSize: MAX_REMEMBERED,
      // Not so much that nothing would be remembered.
      sizeCalculation: ({ archive }) => Math.min(50 + (archive?.entries ?? 0), MAX_REMEMBERED / 2),
    });
  }

  /** What archives have of a repository, the nearest folder's first and last those that take their time to be indexed; tells
   *  `onNotServed` of those that cannot be read. `name` is the full name. */
  async *holding(name: string, onNotServed: (reason: NotServed) => void): AsyncGenerator<ImageDir> {
    const late: Place[] = [];
    for (const place of this.#above(name)) {
      yield* this.#partIn(place, GRACE_MS, (reason) => {
        if (reason instanceof StillIndexing) late.push(place);
        else onNotServed(reason);
      });
    }
    for (const place of late) yield* this.#partIn(place, PATIENCE_MS, onNotServed);
  }

  /** An archive with its index, however long that takes. Throws NotServed. */
  async open(path: string): Promise<Archive> {
    const job = this.#lookInto(path);
    return job instanceof Archive ? job : job.done;
  }

  /** As {@link open}, but throws NotServed for one that was never seen before and takes its time. */
  async openSoon(path: string, patienceMs = PATIENCE_MS): Promise<Archive> {
    const job = this.#lookInto(path);
    if (job instanceof Archive) return job;
    const left = job.began + patienceMs - performance.now();
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, job.slow]);
    const first = await Promise.race([
      job.done,
      setTimeout(Math.max(left, 0), undefined, { signal, ref: false }).catch(() => undefined),
    ]).finally(() => ended.abort());
    if (first === undefined) throw new StillIndexing(`${path}: it is still being indexed or unpacked`);
    return first;
  }

  async *#partIn(
    { path, inside }: Place,
    patienceMs: number,
    onNotServed: (reason: NotServed) => void,
  ): AsyncGenerator<ImageDir> {
    try {
      const part = (await this.openSoon(path, patienceMs)).parts.get(inside);
      if (part) yield await part.open();
    } catch (err) {
      if (!(err instanceof NotServed)) throw err;
      onNotServed(err);
    }
  }

  /** The archives that a repository may be in. */
  *#above(name: string): Generator<Place> {
    const components = name.split('/');
    for (let depth = components.length - 1; depth >= 0; depth--) {
      const above = components.slice(0, depth);
      const inside = components.slice(depth).join('/');
      for (const folder of new Set([above.map(escapeComponent).join('/'), above.join('/')])) {
        for (const file of this.#archivesIn(folder)) yield { path: join(folder, file), inside };
      }
    }
  }

  #archivesIn(folder: string): readonly string[] {
    const id = this.#tree.statDirectory(folder);
    if (id === undefined) return [];
    const known = this.#folders.get(folder);
    if (known?.id === id) return known.names;
    const names = archiveNames(this.#tree, folder);
    if (isSettled(id)) this.#folders.set(folder, { id, names });
    return names;
  }

  #lookInto(path: string): Archive | Job {
    const file = this.#tree.statFile(path);
    if (file === undefined) throw new NotServed(`${path}: no such file`);
    const { identity } = file;
    const indexed = this.#indexed.get(path);
    if (indexed?.identity === identity) {
      if (indexed.failure) throw indexed.failure;
      if (indexed.archive?.isCurrent()) return indexed.archive;
    }
    const key = `${path}\0${identity}`;
    const running = this.#jobs.get(key);
    if (running) return running;
    const slow = new AbortController();
    const done = this.#index(path, slow).finally(() => this.#jobs.delete(key));
    // Who asked may have stopped waiting.
    done.catch(() => undefined);
    const job = { began: performance.now(), done, slow: slow.signal };
    this.#jobs.set(key, job);
    return job;
  }

  async #index(path: string, slow: AbortController): Promise<Archive> {
    const file = await this.#tree.open(path);
    try {
      const archive = await this.#read(path, file, slow);
      if (isSettled(file.identity)) this.#indexed.set(path, { identity: file.identity, archive });
      return archive;
    } catch (err) {
      const isInvalid = err instanceof InvalidArchive;
      const failure = isInvalid ? new NotServed(err.message, { cause: err }) : readFailure(path, err);
      if (failure instanceof NotServed && ageOf(file.identity) > COPIED_AFTER_MS) {
        const options = isInvalid ? {} : { ttl: RETRY_MS };
        this.#indexed.set(path, { identity: file.identity, failure }, options);
      }
      throw failure;
    } finally {
      await file.handle.close();
    }
  }

  async #read(path: string, file: OpenFile, slow: AbortController): Promise<Archive> {
    const tar = await this.#tarOf(path, file, slow);
    const open = await tar.files.open(tar.path);
    try {
      return await Archive.open(tar, path, await indexTar(open, path, { entries: MAX_ENTRIES }), this.#readers);
    } finally {
      await open.handle.close();
    }
  }

  async #tarOf(path: string, file: OpenFile, slow: AbortController): Promise<Tar> {
    const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const kind = sniffArchive(head);
    if (kind === 'tar') return { files: this.#tree, path, identity: file.identity };
    if (kind === undefined) {
      const other = unsupportedCompression(head);
      throw new NotServed(`${path}: no archive${other ? `: ${other} is not supported, gzip and zstd are` : ''}`);
    }
    if (ageOf(file.identity) < COPIED_AFTER_MS) throw new NotServed(`${path}: it is still being written`);
    const unpacked = this.#unpacker.find(file.identity);
    if (unpacked) return unpacked;
    if (file.size > SOON_UNPACKED_BYTES) slow.abort();
    return this.#unpacker.unpack(file, path, kind);
  }
}
