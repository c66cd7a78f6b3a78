import { RangeNotSatisfiable, resolveRange, type ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown } from '../oci/errors.ts';
import { formatRepository } from '../oci/repository.ts';
import type { Blob, CacheUse, Registry, Stat } from '../registry.ts';
import { Fill, type FillContext } from './fill.ts';
import type { FillQueue } from './fill-queue.ts';
import type { KeptImages } from './kept-images.ts';
import type { NotFound } from './not-found.ts';
import type { References } from './references.ts';
import { MISS_BUDGET_MS, type Remote } from './remote.ts';
import type { UpstreamRepository } from './routes.ts';
import { SingleFlight } from './single-flight.ts';
import { UnkeptNotice } from './unkept-notice.ts';

export interface CachedBlobsOptions extends Omit<FillContext, 'unkept'> {
  readonly kept: KeptImages;
  /** The folder that the store writes to, as it is served. */
  readonly images: Pick<Registry, 'openBlob' | 'statBlob'>;
  readonly references: References;
  readonly notFound: NotFound;
  readonly queue: FillQueue;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** A fill under way. */
interface Running {
  /** The repository that it was begun for. */
  readonly name: string;
  readonly opening: Promise<Fill>;
}

/** The blobs of upstreams: each is fetched once, whoever asks and of whatever repository, and read by all while it comes. */
export class CachedBlobs {
  readonly #options: CachedBlobsOptions;
  readonly #unkept: UnkeptNotice;
  /** By digest, and host: another one may lie. */
  readonly #fills = new Map<string, Running>();
  readonly #running = new Set<Fill>();
  readonly #permissions = new SingleFlight<void>();

  constructor(options: CachedBlobsOptions) {
    this.#options = options;
    this.#unkept = new UnkeptNotice(options.log);
  }

  /** What has begun to come in, and is not over. */
  get running(): ReadonlySet<Fill> {
    return this.#running;
  }

  /** What comes in just now, and what is about to. */
  async *fills(): AsyncGenerator<Fill> {
    for (const { opening } of this.#fills.values()) {
      const fill = await opening.catch(() => undefined);
      if (fill) yield fill;
    }
  }

  /** Resolves when nothing comes in any more. */
  async idle(): Promise<void> {
    for await (const fill of this.fills()) await fill.over;
  }

  /** Whether a blob comes in just now for this very repository, so that it need not be looked for. */
  isComing(repo: UpstreamRepository, digest: Digest): boolean {
    return this.#fills.get(keyOf(repo, digest))?.name === formatRepository(repo);
  }

  /** A blob that is not here. Throws what the upstream says. */
  async open(repo: UpstreamRepository, digest: Digest, remote: Remote, range: ByteRange | undefined): Promise<Blob> {
    const [key, name] = [keyOf(repo, digest), formatRepository(repo)];
    for (;;) {
      const running = this.#fills.get(key);
      if (running === undefined) {
        const here = await this.#openPooled(repo, digest, remote, range);
        if (here) return here;
      } else if (running.name !== name) {
        await this.#permit(repo, digest, remote);
      }
      // Meanwhile it may be over, or another repository's: then everything is to be asked again.
      if (this.#fills.get(key) !== running) continue;
      const current = running ?? this.#begin(key, repo, digest, remote);
      const fill = await current.opening.catch((err: unknown) => {
        // What the upstream says of another repository is no answer.
        if (current.name === name) throw err;
        return undefined;
      });
      const blob = fill && read(fill, repo, range, running !== undefined);
      if (blob) return blob;
      // It cannot be read from there any more: another one brings it once more, or it is kept by now.
      this.#forget(key, current);
    }
  }

  /** What an upstream says of a blob that is not here. */
  async stat(repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<Stat> {
    const running = this.#fills.get(keyOf(repo, digest));
    if (running) {
      if (running.name !== formatRepository(repo)) await this.#permit(repo, digest, remote);
      const fill = await running.opening.catch(() => undefined);
      if (fill) return { ...descriptorOf(fill), cache: { result: 'miss', collapsed: true } };
    }
    if (await this.#isPooled(repo, digest, remote)) return this.#options.images.statBlob(repo, digest);
    const { signal } = this.#options;
    const stat = await this.#asking(repo, digest, () =>
      remote.registry.statBlob(repo, digest, { signal, budgetMs: MISS_BUDGET_MS }),
    );
    return { ...stat, cache: { result: 'miss' } };
  }

  /** What is here by now; undefined when it is not, or is damaged. */
  async #openPooled(
    repo: UpstreamRepository,
    digest: Digest,
    remote: Remote,
    range: ByteRange | undefined,
  ): Promise<Blob | undefined> {
    if (!(await this.#isPooled(repo, digest, remote))) return undefined;
    try {
      return await this.#options.images.openBlob(repo, digest, range);
    } catch (err) {
      if (!isUnknown(err)) throw err;
      await this.#options.kept.dropBlob(repo, digest);
      return undefined;
    }
  }

  #begin(key: string, repo: UpstreamRepository, digest: Digest, remote: Remote): Running {
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
    const opening = Fill.open(digest, openSource, { ...this.#options, unkept: this.#unkept }, signal);
    const running = { name: formatRepository(repo), opening };
    this.#fills.set(key, running);
    opening
      .then(
        (fill) => this.#run(fill),
        () => undefined,
      )
      .finally(() => {
        turn.end();
        this.#forget(key, running);
      });
    return running;
  }

  #forget(key: string, running: Running): void {
    if (this.#fills.get(key) === running) this.#fills.delete(key);
  }

  async #run(fill: Fill): Promise<void> {
    this.#running.add(fill);
    await fill.over;
    this.#running.delete(fill);
  }

  /** Whether it is in the pool, and this repository may have it: then it has it from now on. */
  async #isPooled(repo: UpstreamRepository, digest: Digest, remote: Remote): Promise<boolean> {
    const { kept } = this.#options;
    if (kept.pooledSize(digest) === undefined) return false;
    await this.#permit(repo, digest, remote);
    return kept.giveBlob(repo, digest).catch((err: unknown) => {
      this.#unkept.tell(`${formatRepository(repo)}@${digest}`, err);
      return false;
    });
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
function read(fill: Fill, repo: UpstreamRepository, range: ByteRange | undefined, joined: boolean): Blob | undefined {
  const { size } = fill.blob;
  try {
    fill.give(repo);
    const span = range && resolveRange(range, size);
    if (span === 'unsatisfiable') throw new RangeNotSatisfiable(size);
    const body = fill.read(span ?? { start: 0, end: size - 1 });
    if (body === undefined) return undefined;
    const cache: CacheUse = { result: 'miss', ...(joined && { collapsed: true }) };
    return { descriptor: descriptorOf(fill), ...(span && { span }), body, cache };
  } finally {
    fill.start();
  }
}

const keyOf = ({ host }: UpstreamRepository, digest: Digest): string => `${host} ${digest}`;

const descriptorOf = ({ blob: { digest, size } }: Fill): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest,
  size,
});
