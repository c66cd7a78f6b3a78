import type { ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import type { Reference, Tag } from './oci/reference.ts';
import type { Repository } from './oci/repository.ts';
import type { Blob, List, Lister, Manifest, Registry, Stat } from './registry.ts';
import type { NamesOf } from './repository-names.ts';
import { firstThatHas, joinReferrers, joinTags } from './union-registry.ts';

/** A registry that is asked by any of the names that a repository goes by: with its host apart (`?ns=`), in the path, or, for some,
 *  without it. */
export class NamedRegistry implements Registry, Lister {
  readonly #inner: Registry & Lister;
  readonly #namesOf: NamesOf;

  constructor(inner: Registry & Lister, namesOf: NamesOf) {
    this.#inner = inner;
    this.#namesOf = namesOf;
  }

  statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    return firstThatHas(this.#namesOf(repo), repo, (name) => this.#inner.statManifest(name, reference));
  }

  getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    return firstThatHas(this.#namesOf(repo), repo, (name) => this.#inner.getManifest(name, reference));
  }

  statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    return firstThatHas(this.#namesOf(repo), repo, (name) => this.#inner.statBlob(name, digest));
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return firstThatHas(this.#namesOf(repo), repo, (name) => this.#inner.openBlob(name, digest, range));
  }

  listTags(repo: Repository): Promise<List<Tag>> {
    return joinTags(this.#namesOf(repo), repo, (name) => this.#inner.listTags(name));
  }

  listRepositories(): Promise<readonly string[]> {
    return this.#inner.listRepositories();
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    const names = [...this.#namesOf(repo)];
    return joinReferrers(await Promise.all(names.map((name) => this.#inner.listReferrers(name, subject))));
  }
}
