import type { ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import type { Reference, Tag } from './oci/reference.ts';
import type { Repository } from './oci/repository.ts';
import type { Blob, List, Lister, Manifest, Registry, Stat } from './registry.ts';

/** Told what is pulled, at once. */
export interface UsageRecorder {
  note(repo: Repository, reference: Reference): void;
}

/** A registry that notes which manifests are pulled from it, by which tag or digest. */
export class UsageRegistry implements Registry, Lister {
  readonly #inner: Registry & Lister;
  readonly #recorder: UsageRecorder;

  constructor(inner: Registry & Lister, recorder: UsageRecorder) {
    this.#inner = inner;
    this.#recorder = recorder;
  }

  async statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    const descriptor = await this.#inner.statManifest(repo, reference);
    this.#recorder.note(repo, reference);
    return descriptor;
  }

  async getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    const manifest = await this.#inner.getManifest(repo, reference);
    this.#recorder.note(repo, reference);
    return manifest;
  }

  statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    return this.#inner.statBlob(repo, digest);
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return this.#inner.openBlob(repo, digest, range);
  }

  listTags(repo: Repository): Promise<List<Tag>> {
    return this.#inner.listTags(repo);
  }

  listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    return this.#inner.listReferrers(repo, subject);
  }

  listRepositories(): Promise<readonly string[]> {
    return this.#inner.listRepositories();
  }
}
