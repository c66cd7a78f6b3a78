import { open, stat, type FileHandle } from 'node:fs/promises';
import { identityOf } from '../folder/file-identity.ts';
import type { KnownDigests } from '../folder/known-digests.ts';
import type { Log } from '../log.ts';
import type { Blob } from '../registry.ts';
import { formatRepository } from '../oci/repository.ts';
import type { Store } from '../store/store.ts';
import type { Work } from '../store/work.ts';
import { GrowingBlob } from './growing-blob.ts';
import type { GrowingBody } from './growing-body.ts';
import type { ByteSpan } from '../oci/byte-range.ts';
import type { UpstreamRepository } from './routes.ts';

/** How long a blob that is not half here goes on coming in with nobody to read it: parallel fetches come and go. */
const ABANDONED_AFTER_MS = 10_000;

export interface FillContext {
  readonly store: Store;
  readonly known: KnownDigests;
  readonly log: Log;
  /** Told what was kept, in bytes. */
  readonly onKept: (bytes: number) => void;
}

/** Nobody wanted it any more. */
class Abandoned extends Error {}

/** One download of a blob into the store. It belongs to the cache: those who read meanwhile come and go. */
export class Fill {
  readonly blob: GrowingBlob;
  /** Who gets the blob, once it is whole. */
  readonly repos = new Map<string, UpstreamRepository>();
  /** Resolves when it is over, kept or not. */
  readonly over: Promise<void>;
  readonly #source: Blob;
  readonly #context: FillContext;
  readonly #ending: AbortController;
  readonly #place: Place | undefined;
  readonly #over = Promise.withResolvers<void>();
  #abandoning: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isKeepable: boolean;

  private constructor(source: Blob, place: Place | undefined, context: FillContext, ending: AbortController) {
    const { digest, size } = source.descriptor;
    this.#source = source;
    this.#context = context;
    this.#ending = ending;
    this.#place = place;
    this.#isKeepable = place !== undefined;
    this.over = this.#over.promise;
    this.blob = new GrowingBlob({
      digest,
      size,
      file: place?.file,
      onUnwritable: (err) => this.#notKept(err),
      onLeft: () => this.#left(),
    });
  }

  /** Opens what `openSource` gives, which lasts until the signal is aborted. Throws what it throws. */
  static async open(
    openSource: (signal: AbortSignal) => Promise<Blob>,
    context: FillContext,
    signal: AbortSignal,
  ): Promise<Fill> {
    const ending = new AbortController();
    const source = await openSource(AbortSignal.any([ending.signal, signal]));
    return new Fill(source, await openPlace(context), context, ending);
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
    if (this.blob.readers === 0) this.#left();
    void this.#run();
  }

  async #run(): Promise<void> {
    const { log } = this.#context;
    try {
      for await (const chunk of this.#source.body) await this.blob.append(chunk);
      if (await this.blob.written()) await this.#keep();
    } catch (err) {
      this.blob.fail(err);
      if (err instanceof Abandoned) log.debug(err.message);
      else log.warn(`${(err as Error).message}; nothing of it is kept`);
    } finally {
      clearTimeout(this.#abandoning);
      this.blob.release();
      await this.#place?.work[Symbol.asyncDispose]().catch((err: unknown) => log.warn(String(err)));
      this.#over.resolve();
    }
  }

  /** What cannot be kept was read all the same. */
  async #keep(): Promise<void> {
    const { store, known, onKept } = this.#context;
    const { digest, size } = this.blob;
    const { work, file, path } = this.#place!;
    try {
      await file.sync();
      await work.adopt(path, { digest, size });
      known.vouch(identityOf(await stat(work.path(digest), { bigint: true })), digest);
      // Who joins meanwhile gets it, too.
      for (const repo of this.repos.values()) await store.name(repo, work, { blobs: [digest], entries: [] });
      onKept(size);
    } catch (err) {
      this.#notKept(err);
    }
  }

  #notKept(err: unknown): void {
    this.#isKeepable = false;
    const [repo] = this.repos.keys();
    this.#context.log.warn(`${repo}@${this.blob.digest} is passed on and not kept: ${(err as Error).message}`);
  }

  #left(): void {
    const { digest, received, size, readers } = this.blob;
    if (readers > 0 || received === size) return;
    const abandon = (): void => {
      if (this.blob.readers === 0) this.#ending.abort(new Abandoned(`blob ${digest}: nobody waits for it any more`));
    };
    if (!this.#isKeepable) abandon();
    else if (received < size / 2) this.#abandoning = setTimeout(abandon, ABANDONED_AFTER_MS).unref();
  }

  /** Whose blob it is, when it is whole. */
  give(repo: UpstreamRepository): void {
    this.repos.set(formatRepository(repo), repo);
  }
}

/** A file of ours for a blob that comes in. */
interface Place {
  readonly work: Work;
  readonly path: string;
  readonly file: FileHandle;
}

/** Undefined where nothing can be written. */
async function openPlace({ store, log }: FillContext): Promise<Place | undefined> {
  let work: Work | undefined;
  try {
    work = await store.begin();
    const path = work.temporary();
    return { work, path, file: await open(path, 'wx+') };
  } catch (err) {
    log.warn(`what is fetched is passed on and not kept: ${(err as Error).message}`);
    await work?.[Symbol.asyncDispose]().catch(() => undefined);
    return undefined;
  }
}
