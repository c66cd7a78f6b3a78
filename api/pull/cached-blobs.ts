import { RangeNotSatisfiable, resolveRange, type ByteRange } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown } from '../oci/errors.ts';
import { formatRepository } from '../oci/repository.ts';
import type { Blob, Registry, Stat } from '../registry.ts';
import { Fill, type FillContext } from './fill.ts';
import type { FillQueue } from './fill-queue.ts';
import type { KeptImages } from './kept-images.ts';
import type { NotFound } from './not-found.ts';
import type { References } from './references.ts';
import { MISS_BUDGET_MS, type Remote } from './remote.ts';
import type { UpstreamRepository } from './routes.ts';
import { SingleFlight } from './single-flight.ts';

export interface CachedBlobsOptions extends FillContext {
  readonly kept: KeptImages;
  /** The folder that the store writes to, as it is served. */
  readonly images: Pick<Registry, 'openBlob' | 'statBlob'>;
  readonly references: References;
  readonly notFound: NotFound;
  readonly queue: FillQueue;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The blobs of upstreams: each is fetched once, whoever asks and of whatever repository, and read by all while it comes. */
export class CachedBlobs {
  readonly #options: CachedBlobsOptions;
  /** By digest, and host: another one may lie. */
  readonly #fills = new Map<string, Promise<Fill>>();
  readonly #running = new Set<Fill>();
  readonly #permissions = new SingleFlight<void>();

  constructor(options: CachedBlobsOptions) {
    this.#options = options;
  }

  /** What has begun to come in, and is not over. */
  get running(): ReadonlySet<Fill> {
    return this.#running;
  }

  /** What comes in just now, and what is about to. */
  async *fills(): AsyncGenerator<Fill> {
    for (const opening of this.#fills.values()) {
      const fill = await opening.catch(() => undefined);
      if (fill) yield fill;
    }
  }

  /** Resolves when nothing comes in any more. */
  async idle(): Promise<void> {
    for await (const fill of this.fills()) await fill.over;
  }

  /** A blob that is not here. */
  async open(repo: UpstreamRepository, digest: Digest, remote: Remote, range: ByteRange | undefined): Promise<Blob> {
    const key = `${repo.host} ${digest}`;
    for (;;) {
      const running = this.#fills.get(key);
      if (running === undefined && (await this.#isPooled(repo, digest, remote))) {
        const here = await this.#openHere(repo, digest, range);
        if (here) return here;
      }
      if (running) await this.#permit(repo, digest, remote);
      const opening = this.#fills.get(key) ?? this.#begin(key, repo, digest, remote);
      const fill = await opening;
      fill.give(repo);
      const blob = read(fill, range, running !== undefined);
      if (blob) return blob;
      // It cannot be read from there any more: another one brings it once more, or it is kept by now.
      if (this.#fills.get(key) === opening) this.#fills.delete(key);
    }
  }

  /** What an upstream says of a blob that is not here. */
  async stat(repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<Stat> {
    if (await this.#isPooled(repo, digest, remote)) return this.#options.images.statBlob(repo, digest);
    const { signal } = this.#options;
    const stat = await this.#asking(repo, digest, () =>
      remote.registry.statBlob(repo, digest, { signal, budgetMs: MISS_BUDGET_MS }),
    );
    return { ...stat, cache: { result: 'miss' } };
  }

  /** What is here by now; undefined when it is damaged. */
  async #openHere(repo: UpstreamRepository, digest: Digest, range: ByteRange | undefined): Promise<Blob | undefined> {
    try {
      return await this.#options.images.openBlob(repo, digest, range);
    } catch (err) {
      if (!isUnknown(err)) throw err;
      await this.#options.kept.dropBlob(repo, digest);
      return undefined;
    }
  }

  #begin(key: string, repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<Fill> {
    const { references, queue, signal } = this.#options;
    const size = references.sizeOf(repo, digest);
    const turn = queue.turn(`blob ${digest}`);
    const openSource = async (ending: AbortSignal): Promise<Blob> => {
      // What a request waits for here it does not wait for the upstream.
      const budgetMs = Math.max(1, MISS_BUDGET_MS - (await turn.wait(MISS_BUDGET_MS, ending)));
      return this.#asking(repo, digest, () =>
        remote.registry.openBlob(repo, digest, undefined, {
          signal: ending,
          budgetMs,
          ...(size !== undefined && { size }),
        }),
      );
    };
    const opening = Fill.open(openSource, this.#options, signal);
    this.#fills.set(key, opening);
    const forget = (): void => {
      turn.end();
      if (this.#fills.get(key) === opening) this.#fills.delete(key);
    };
    opening
      .then(
        (fill) => this.#run(fill),
        () => undefined,
      )
      .finally(forget);
    return opening;
  }

  async #run(fill: Fill): Promise<void> {
    this.#running.add(fill);
    await fill.over;
    this.#running.delete(fill);
  }

  /** Whether it is in the pool, and this repository may have it: then it has it from now on. */
  async #isPooled(repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<boolean> {
    const { kept } = this.#options;
    if ((await kept.pooledSize(digest)) === undefined) return false;
    await this.#permit(repo, digest, remote);
    return kept.giveBlob(repo, digest);
  }

  /** What was fetched for one repository is another's too if a manifest there names it, or the upstream says so. Throws what it
   *  says. */
  async #permit(repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<void> {
    const { references, kept, signal } = this.#options;
    if (references.sizeOf(repo, digest) !== undefined || (await kept.names(repo, digest))) return;
    const ask = async (): Promise<void> => {
      await this.#asking(repo, digest, () =>
        remote.registry.statBlob(repo, digest, { signal, budgetMs: MISS_BUDGET_MS }),
      );
    };
    await this.#permissions.run(`${formatRepository(repo)} ${digest}`, ask).result;
  }

  /** Remembers for a while what the upstream does not have. */
  async #asking<T>(repo: UpstreamRepository, digest: Digest, ask: () => Promise<T>): Promise<T> {
    const { notFound } = this.#options;
    const key = `${formatRepository(repo)} ${digest}`;
    notFound.check(key);
    try {
      return await ask();
    } catch (err) {
      if (isUnknown(err)) notFound.add(key, err);
      throw err;
    }
  }
}

/** Undefined when what is wanted of it is not here any more. */
function read(fill: Fill, range: ByteRange | undefined, joined: boolean): Blob | undefined {
  const { digest, size } = fill.blob;
  try {
    const span = range && resolveRange(range, size);
    if (span === 'unsatisfiable') throw new RangeNotSatisfiable(size);
    const body = fill.read(span ?? { start: 0, end: size - 1 });
    if (body === undefined) return undefined;
    return {
      descriptor: { mediaType: 'application/octet-stream', digest, size },
      ...(span && { span }),
      body,
      cache: { result: 'miss', ...(joined && { collapsed: true }) },
    };
  } finally {
    fill.start();
  }
}
