import type { ReadManifest } from '../folder/image-dir.ts';
import type { Log } from '../log.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown, UpstreamError } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import { formatImage, isDigestReference, type Reference, type Tag } from '../oci/reference.ts';
import type { CacheUse, Manifest } from '../registry.ts';
import type { Patience } from '../upstream/deadline.ts';
import type { CheckTimes } from './check-times.ts';
import { KeepQueue } from './keep-queue.ts';
import type { KeptImages, KeptTag } from './kept-images.ts';
import type { NotFound } from './not-found.ts';
import type { References } from './references.ts';
import { MISS_BUDGET_MS, REVALIDATION_BUDGET_MS, type Remote } from './remote.ts';
import { Revalidation } from './revalidation.ts';
import type { UpstreamRepository } from './routes.ts';
import { SingleFlight } from './single-flight.ts';
import { reasonOf } from './stale-reason.ts';

export interface CachedManifestsOptions {
  readonly kept: KeptImages;
  readonly checks: CheckTimes;
  readonly references: References;
  readonly notFound: NotFound;
  readonly log: Log;
  readonly now: () => number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The manifests of upstreams: each is fetched once for all who ask, and answered before it is kept. What a tag leads to is looked up
 *  again when its time is up. */
export class CachedManifests {
  readonly #options: CachedManifestsOptions;
  readonly #fetching = new SingleFlight<Manifest>();
  readonly #revalidations: Revalidation;
  readonly #keeping: KeepQueue;

  constructor(options: CachedManifestsOptions) {
    this.#options = options;
    this.#keeping = new KeepQueue(options);
    this.#revalidations = new Revalidation(options.now);
  }

  /** A manifest that is kept, or on its way to be; undefined when it has to be fetched. */
  async byDigest(repo: UpstreamRepository, digest: Digest): Promise<Manifest | undefined> {
    const kept = this.#keeping.get(repo, digest) ?? (await this.#options.kept.manifest(repo, digest));
    return kept && this.#hit(repo, kept);
  }

  /** Throws what the upstream says. */
  async get(repo: UpstreamRepository, reference: Reference, remote: Remote): Promise<Manifest> {
    if (isDigestReference(reference)) {
      return (await this.byDigest(repo, reference)) ?? this.#fetch(repo, reference, remote);
    }
    const kept = await this.#byTag(repo, reference);
    if (kept === undefined) return this.#fetch(repo, reference, remote);
    const age = this.#options.now() - kept.checked;
    if (age < remote.ttlOf(reference)) return this.#hit(repo, kept.manifest);
    return this.#lookUpAgain(repo, reference, kept, remote);
  }

  /** Resolves when all that was answered is kept, too. */
  idle(): Promise<void> {
    return this.#keeping.idle();
  }

  async #byTag(repo: UpstreamRepository, tag: Tag): Promise<KeptManifest | undefined> {
    const { kept, checks } = this.#options;
    const coming = this.#keeping.get(repo, tag);
    if (coming) return { manifest: coming, checked: this.#options.now() };
    const found: KeptTag | undefined = await kept.tag(repo, tag);
    const manifest = found && (await kept.manifest(repo, found.digest));
    return manifest && { manifest, checked: Math.max(found.fetched, checks.last(repo, tag) ?? 0) };
  }

  /** One asker finds out, and waits a little for it; the others have what is kept meanwhile. */
  async #lookUpAgain(repo: UpstreamRepository, tag: Tag, kept: KeptManifest, remote: Remote): Promise<Manifest> {
    const key = formatImage({ repo, reference: tag });
    const stale = await this.#stale(repo, kept, remote);
    const resting = this.#revalidations.failure(key);
    if (resting && stale) return stale(resting);
    const { signal } = this.#options;
    const patience = { signal, budgetMs: MISS_BUDGET_MS, once: stale !== undefined };
    const { result, joined } = this.#revalidations.run(key, () => this.#revalidate(repo, tag, kept, remote, patience));
    if (joined) return this.#hit(repo, kept.manifest);
    try {
      if (!stale) return await result;
      const tooLate = (): UpstreamError => {
        const failure = slow(repo.host);
        this.#revalidations.tooSlow(key, failure);
        return failure;
      };
      return await within(result, REVALIDATION_BUDGET_MS, tooLate);
    } catch (err) {
      if (!stale || !(err instanceof UpstreamError) || err.kind === 'denied') throw err;
      return stale(err);
    }
  }

  /** Asks for the digest, and for the manifest only when that is another. */
  async #revalidate(
    repo: UpstreamRepository,
    tag: Tag,
    kept: KeptManifest,
    remote: Remote,
    patience: Patience,
  ): Promise<Manifest> {
    const { checks, notFound, now } = this.#options;
    try {
      const { digest } = await remote.registry.statManifest(repo, tag, patience);
      const isSame = digest === kept.manifest.descriptor.digest;
      const manifest = isSame
        ? undefined
        : ((await this.byDigest(repo, digest)) ?? (await remote.registry.getManifest(repo, digest, patience)));
      checks.note(repo, tag, now());
      if (manifest === undefined) return this.#hit(repo, kept.manifest, { revalidated: true });
      this.#keep(repo, tag, read(manifest));
      return { ...manifest, cache: { result: 'miss' } };
    } catch (err) {
      if (isUnknown(err)) {
        notFound.add(formatImage({ repo, reference: tag }), err);
        await this.#forget(repo, tag);
      }
      throw err;
    }
  }

  async #forget(repo: UpstreamRepository, tag: Tag): Promise<void> {
    const { kept, log } = this.#options;
    await kept.forgetTag(repo, tag).catch((err: unknown) => {
      log.warn(`${formatImage({ repo, reference: tag })} is gone upstream, and cannot be removed: ${String(err)}`);
    });
  }

  async #fetch(repo: UpstreamRepository, reference: Reference, remote: Remote): Promise<Manifest> {
    const { notFound, checks, signal, now } = this.#options;
    const key = formatImage({ repo, reference });
    notFound.check(key);
    const fetch = async (): Promise<Manifest> => {
      try {
        const manifest = await remote.registry.getManifest(repo, reference, { signal, budgetMs: MISS_BUDGET_MS });
        if (!isDigestReference(reference)) checks.note(repo, reference, now());
        this.#keep(repo, isDigestReference(reference) ? undefined : reference, read(manifest));
        return manifest;
      } catch (err) {
        if (isUnknown(err)) notFound.add(key, err);
        throw err;
      }
    };
    const { result, joined } = this.#fetching.run(key, fetch);
    return { ...(await result), cache: { result: 'miss', ...(joined && { collapsed: true }) } };
  }

  #keep(repo: UpstreamRepository, tag: Tag | undefined, manifest: ReadManifest): void {
    this.#options.references.add(repo, manifest.document);
    this.#keeping.add(repo, tag, manifest);
  }

  #hit(repo: UpstreamRepository, manifest: ReadManifest, use: Partial<CacheUse> = {}): Manifest {
    this.#options.references.add(repo, manifest.document);
    return { descriptor: manifest.descriptor, bytes: manifest.bytes, cache: { result: 'hit', ...use } };
  }

  /** Makes an answer of what is kept, in place of an error. Undefined when that is not wanted, or the image is not whole: a client
   *  that has a manifest does not try its next mirror for a blob. */
  async #stale(
    repo: UpstreamRepository,
    { manifest, checked }: KeptManifest,
    remote: Remote,
  ): Promise<((error: UpstreamError) => Manifest) | undefined> {
    const { kept, now } = this.#options;
    if (!remote.staleIfError || !(await kept.isWhole(repo, manifest.descriptor.digest))) return undefined;
    const ageSeconds = Math.max(0, Math.floor((now() - checked) / 1000));
    return ({ kind }) => {
      const reason = reasonOf(repo.host, kind);
      return { ...this.#hit(repo, manifest), cache: { result: 'stale', ageSeconds, reason } };
    };
  }
}

interface KeptManifest {
  readonly manifest: ReadManifest;
  /** When its tag was last looked up, in milliseconds since 1970. */
  readonly checked: number;
}

const read = (manifest: Manifest): ReadManifest => ({
  ...manifest,
  document: parseManifest(manifest.bytes, manifest.descriptor.mediaType),
});

const slow = (host: string): UpstreamError =>
  new UpstreamError('timeout', `${host}: no answer within ${REVALIDATION_BUDGET_MS / 1000} s`);

/** What comes of a promise, unless that takes longer. */
async function within<T>(promise: Promise<T>, ms: number, tooLate: () => Error): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooLate()), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
