import { open, stat, type FileHandle } from 'node:fs/promises';
import { identityOf } from '../folder/file-identity.ts';
import type { KnownDigests } from '../folder/known-digests.ts';
import type { Log } from '../log.ts';
import type { ByteSpan } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { formatRepository } from '../oci/repository.ts';
import type { Blob } from '../registry.ts';
import type { Store } from '../store/store.ts';
import type { Work } from '../store/work.ts';
import { GrowingBlob } from './growing-blob.ts';
import type { GrowingBody } from './growing-body.ts';
import type { UpstreamRepository } from './routes.ts';
import type { UnkeptNotice } from './unkept-notice.ts';

/** How long a blob that is not half here goes on coming in with nobody to read it: parallel fetches come and go. */
const ABANDONED_AFTER_MS = 10_000;

export interface FillContext {
  readonly store: Store;
  readonly known: KnownDigests;
  readonly log: Log;
  readonly unkept: UnkeptNotice;
  /** Told what was kept, in bytes. */
  readonly onKept: (bytes: number) => void;
}

/** One download of a blob into the store. It belongs to the cache: those who read meanwhile come and go. */
export class Fill {
  #onOver: () => void = () => undefined;
  readonly blob: GrowingBlob;
  /** Who gets the blob, once it is whole. */
  readonly repos = new Map<string, UpstreamRepository>();
  /** Resolves when it is over, kept or not. */
  readonly over = new Promise<void>((resolve) => (this.#onOver = resolve));
  readonly #source: Blob;
  readonly #context: FillContext;
  readonly #place: Place | undefined;
  readonly #leaving: AbortController;
  /** Aborted when nobody wants it any more, or everything ends. */
  readonly #signal: AbortSignal;
  #abandoning: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isKeepable: boolean;

  private constructor(
    source: Blob,
    place: Place | undefined,
    context: FillContext,
    { leaving, signal }: { readonly leaving: AbortController; readonly signal: AbortSignal },
  ) {
    const { digest, size } = source.descriptor;
    this.#source = source;
    this.#context = context;
    this.#leaving = leaving;
    this.#signal = signal;
    this.#place = place;
    this.#isKeepable = place !== undefined;
    this.blob = new GrowingBlob({
      digest,
      size,
      file: place?.file,
      onUnwritable: (err) => {
        this.#notKept(err);
        this.#left();
      },
      onLeft: () => this.#left(),
    });
  }

  /** Opens the blob that `openSource` gives, which lasts until the signal is aborted. Throws what it throws. */
  static async open(
    digest: Digest,
    openSource: (signal: AbortSignal) => Promise<Blob>,
    context: FillContext,
    ending: AbortSignal,
  ): Promise<Fill> {
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, ending]);
    // While the upstream thinks.
    const opening = openPlace(digest, context);
    try {
      const source = await openSource(signal);
      if (source.descriptor.size === 0) await checkEmpty(source);
      return new Fill(source, await opening, context, { leaving, signal });
    } catch (err) {
      await closePlace(await opening);
      throw err;
    }
  }

  /** Reads on from wherever it is; undefined when that is not here any more. */
  read(span: ByteSpan): GrowingBody | undefined {
    if (!this.blob.canRead(span.start)) return undefined;
    clearTimeout(this.#abandoning);
    return this.blob.read(span);
  }

  /** Begins to bring it in, once its first reader is there. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#left();
    void this.#run();
  }

  /** Whose blob it is, when it is whole. */
  give(repo: UpstreamRepository): void {
    this.repos.set(formatRepository(repo), repo);
  }

  async #run(): Promise<void> {
    // Who brings it in may be waiting for a reader, and not notice.
    const onAbort = (): void => this.blob.fail(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort);
    try {
      this.#signal.throwIfAborted();
      for await (const chunk of this.#source.body) await this.blob.append(chunk);
      if (await this.blob.end()) await this.#keep();
    } catch (err) {
      this.blob.fail(err);
      this.#tellFailure(err);
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
      clearTimeout(this.#abandoning);
      this.blob.release();
      await this.#tidyUp();
      this.#onOver();
    }
  }

  /** What cannot be kept was read all the same. */
  async #keep(): Promise<void> {
    const { store, known, unkept, onKept } = this.#context;
    const { digest, size } = this.blob;
    const { work, file, path } = this.#place!;
    try {
      await file.sync();
      await work.adopt(path, { digest, size });
      // What somebody else has written meanwhile is there instead, and nobody here has checked that.
      if (work.wrote(digest)) known.vouch(identityOf(await stat(work.path(digest), { bigint: true })), digest);
      // Who joins meanwhile gets it, too.
      for (const repo of this.repos.values()) await store.name(repo, work, { blobs: [digest], entries: [] });
      unkept.reset();
      onKept(size);
    } catch (err) {
      this.#notKept(err);
    }
  }

  #notKept(err: unknown): void {
    this.#isKeepable = false;
    const [repo] = this.repos.keys();
    this.#context.unkept.tell(`${repo}@${this.blob.digest}`, err);
  }

  #tellFailure(err: unknown): void {
    const { log } = this.#context;
    const message = `${(err as Error).message}; nothing of it is kept`;
    if (this.#signal.aborted) log.debug(`blob ${this.blob.digest}: ${message}`);
    else log.warn(message);
  }

  async #tidyUp(): Promise<void> {
    const results = await Promise.allSettled([this.#source.body.return(), this.#place?.work[Symbol.asyncDispose]()]);
    for (const result of results) if (result.status === 'rejected') this.#context.log.warn(String(result.reason));
  }

  /** Without readers it goes on if it can be kept, and much of it is here already or they may come back. */
  #left(): void {
    const { received, size, readers } = this.blob;
    if (readers > 0 || received === size || this.#signal.aborted) return;
    clearTimeout(this.#abandoning);
    if (!this.#isKeepable) this.#abandon();
    else if (received < size / 2) this.#abandoning = setTimeout(() => this.#abandon(), ABANDONED_AFTER_MS).unref();
  }

  #abandon(): void {
    const { received, size } = this.blob;
    if (this.#isKeepable && received >= size / 2) return;
    this.#leaving.abort(new Error('nobody waits for it any more'));
  }
}

/** Of nothing there is no last byte that could be held back: it is checked before anybody has it. */
async function checkEmpty({ body }: Blob): Promise<void> {
  try {
    await body.next();
  } catch (err) {
    await body.return();
    throw err;
  }
}

/** A file of ours for a blob that comes in. */
interface Place {
  readonly work: Work;
  readonly path: string;
  readonly file: FileHandle;
}

/** Undefined where nothing can be written. */
async function openPlace(digest: Digest, { store, unkept }: FillContext): Promise<Place | undefined> {
  let work: Work | undefined;
  try {
    work = await store.begin();
    const path = work.temporary();
    return { work, path, file: await open(path, 'wx+') };
  } catch (err) {
    unkept.tell(`blob ${digest}`, err);
    await work?.[Symbol.asyncDispose]().catch(() => undefined);
    return undefined;
  }
}

async function closePlace(place: Place | undefined): Promise<void> {
  await place?.file.close();
  await place?.work[Symbol.asyncDispose]();
}
