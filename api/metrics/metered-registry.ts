import type { ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown, UpstreamError } from '../oci/errors.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import type { Host, Repository } from '../oci/repository.ts';
import type { Blob, CacheUse, List, Lister, Manifest, Registry, Stat } from '../registry.ts';

export type CachedKind = 'manifest' | 'blob' | 'list';

/** Told how a cache came by an answer. */
export type CountUse = (upstream: Host, kind: CachedKind, result: CacheUse['result']) => void;

/** Counts, from outside, how a pull-through comes by what it answers. What an upstream did not have, or could not say, was a miss. */
export class MeteredRegistry implements Registry, Lister {
  readonly #registry: Registry & Lister;
  readonly #upstreamOf: (repo: Repository) => Host | undefined;
  readonly #count: CountUse;

  /** `upstreamOf` gives where a repository would be fetched from, if anywhere; it may throw for a host that nobody knows. */
  constructor(registry: Registry & Lister, upstreamOf: (repo: Repository) => Host | undefined, count: CountUse) {
    this.#registry = registry;
    this.#upstreamOf = upstreamOf;
    this.#count = count;
  }

  statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    return this.#counted(repo, 'manifest', () => this.#registry.statManifest(repo, reference));
  }

  getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    return this.#counted(repo, 'manifest', () => this.#registry.getManifest(repo, reference));
  }

  statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    return this.#counted(repo, 'blob', () => this.#registry.statBlob(repo, digest));
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return this.#counted(repo, 'blob', () => this.#registry.openBlob(repo, digest, range));
  }

  listTags(repo: Repository): Promise<List<Tag>> {
    return this.#counted(repo, 'list', () => this.#registry.listTags(repo));
  }

  listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    return this.#counted(repo, 'list', () => this.#registry.listReferrers(repo, subject));
  }

  listRepositories(): Promise<readonly string[]> {
    return this.#registry.listRepositories();
  }

  async #counted<T extends { readonly cache?: CacheUse }>(
    repo: Repository,
    kind: CachedKind,
    ask: () => Promise<T>,
  ): Promise<T> {
    // Before anything is asked: it throws for a host that nobody knows, and nobody would hear of what failed meanwhile.
    const upstream = this.#upstreamOf(repo);
    const answer = ask();
    if (upstream === undefined) return answer;
    try {
      const { cache } = await answer;
      this.#count(upstream, kind, cache?.result ?? 'hit');
    } catch (err) {
      if (isUnknown(err) || err instanceof UpstreamError) this.#count(upstream, kind, 'miss');
    }
    return answer;
  }
}
