import type { ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import type { Reference, Tag } from './oci/reference.ts';
import {
  DOCKER_HUB,
  formatRepository,
  isHost,
  isRepositoryName,
  looksLikeHost,
  parseHost,
  type Host,
  type Repository,
} from './oci/repository.ts';
import type { Blob, Lister, Manifest, Registry, Stat } from './registry.ts';
import { firstThatHas, joinReferrers, joinTags } from './union-registry.ts';

/** A registry without upstreams, asked by any of the names that a repository goes by: with its host apart (`?ns=`), in the
 *  path, or, for Docker Hub's, without it. As the request spells it comes first, then the longest form to the shortest. */
export class NamedRegistry implements Registry, Lister {
  readonly #inner: Registry & Lister;
  readonly #hasHost: (host: Host) => boolean;

  /** `hasHost` tells which hosts have a folder of their own. */
  constructor(inner: Registry & Lister, hasHost: (host: Host) => boolean) {
    this.#inner = inner;
    this.#hasHost = hasHost;
  }

  statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    return firstThatHas(this.names(repo), repo, (name) => this.#inner.statManifest(name, reference));
  }

  getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    return firstThatHas(this.names(repo), repo, (name) => this.#inner.getManifest(name, reference));
  }

  statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    return firstThatHas(this.names(repo), repo, (name) => this.#inner.statBlob(name, digest));
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return firstThatHas(this.names(repo), repo, (name) => this.#inner.openBlob(name, digest, range));
  }

  listTags(repo: Repository): Promise<readonly Tag[]> {
    return joinTags(this.names(repo), repo, (name) => this.#inner.listTags(name));
  }

  listRepositories(): Promise<readonly string[]> {
    return this.#inner.listRepositories();
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    const names = [...this.names(repo)];
    return joinReferrers(await Promise.all(names.map((name) => this.#inner.listReferrers(name, subject))));
  }

  /** The names that a repository may lie under, in the order in which they count.
   *
   *  Without upstreams an unknown host is answered from the names without one, as a static file server would. */
  *names(repo: Repository): Generator<Repository, void, undefined> {
    const { host, name } = splitHost(repo);
    if (host !== undefined && host !== DOCKER_HUB) {
      yield repo;
      if (repo.host !== undefined && !this.#hasHost(host)) yield { name: repo.name };
      return;
    }
    yield repo;
    const asked = formatRepository(repo);
    for (const form of hubNames(name)) if (form !== asked && isRepositoryName(form)) yield { name: form };
  }
}

/** The host may be apart, or the first component of the name. */
function splitHost({ host, name }: Repository): { host: Host | undefined; name: string } {
  if (host !== undefined) return { host, name };
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (!looksLikeHost(first) || !isHost(first)) return { host: undefined, name };
  return { host: parseHost(first), name: name.slice(slash + 1) };
}

/** Docker Hub's forms of a name, the longest first. */
function hubNames(name: string): string[] {
  const short = name.startsWith('library/') ? name.slice('library/'.length) : name;
  const forms = short.includes('/') ? [name] : [`library/${short}`, short];
  return [...forms.map((form) => `${DOCKER_HUB}/${form}`), ...forms];
}
