import type { ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { RegistryError } from '../oci/errors.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { Blob, Manifest, Registry } from '../registry.ts';
import type { Patience } from './deadline.ts';
import type { EndpointState } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';
import { openRemoteBlob, statRemoteBlob } from './remote-blob.ts';
import { listRemoteReferrers, listRemoteTags } from './remote-lists.ts';
import { getRemoteManifest, statRemoteManifest, type ManifestSource } from './remote-manifest.ts';
import { Upstream, type UpstreamOptions } from './upstream.ts';

export interface UpstreamRegistryOptions extends UpstreamOptions {
  /** Default: {@link MAX_MANIFEST_BYTES}. */
  readonly maxManifestBytes?: number;
}

/** Another registry, over HTTP. What it sends is checked against its digest and size, but for parts of blobs. Each
 *  method takes the patience of its caller. Beside what a Registry throws it throws UpstreamError, what the caller's
 *  signal was aborted with, and Error for credentials that cannot be read. */
export class UpstreamRegistry implements Registry {
  readonly #upstream: Upstream;
  readonly #maxManifestBytes: number;

  /** Opens no connection. Throws for an endpoint whose URL, certificate or key is none. */
  constructor({ maxManifestBytes = MAX_MANIFEST_BYTES, ...options }: UpstreamRegistryOptions) {
    this.#upstream = new Upstream(options);
    this.#maxManifestBytes = maxManifestBytes;
  }

  /** What it said last that it will still answer; undefined when it says nothing of the kind. */
  get rateLimit(): RateLimit | undefined {
    return this.#upstream.rateLimit;
  }

  /** How each of its endpoints does, in the order in which they are asked. */
  get state(): readonly EndpointState[] {
    return this.#upstream.state;
  }

  async statManifest(repo: Repository, reference: Reference, patience: Patience = {}): Promise<Descriptor> {
    return statRemoteManifest(this.#manifest(repo, reference), patience);
  }

  async getManifest(repo: Repository, reference: Reference, patience: Patience = {}): Promise<Manifest> {
    return getRemoteManifest(this.#manifest(repo, reference), patience);
  }

  async statBlob(repo: Repository, digest: Digest, patience: Patience = {}): Promise<Descriptor> {
    return statRemoteBlob({ upstream: this.#upstream, repo, digest: checkable(digest) }, patience);
  }

  /** `size` is what a descriptor says; a blob of another one is refused. The budget is for the beginning of the
   *  answer, the signal for all of the body. */
  async openBlob(
    repo: Repository,
    digest: Digest,
    range?: ByteRange,
    { size, ...patience }: Patience & { readonly size?: number } = {},
  ): Promise<Blob> {
    return openRemoteBlob({ upstream: this.#upstream, repo, digest: checkable(digest), size }, range, patience);
  }

  async listTags(repo: Repository, patience: Patience = {}): Promise<readonly Tag[]> {
    return listRemoteTags({ upstream: this.#upstream, repo }, patience);
  }

  async listReferrers(repo: Repository, subject: Digest, patience: Patience = {}): Promise<readonly Descriptor[]> {
    const source = { upstream: this.#upstream, repo, maxManifestBytes: this.#maxManifestBytes };
    return listRemoteReferrers(source, subject, patience);
  }

  /** Ends what is under way and frees every socket. */
  close(): Promise<void> {
    return this.#upstream.close();
  }

  #manifest(repo: Repository, reference: Reference): ManifestSource {
    return { upstream: this.#upstream, repo, reference, maxBytes: this.#maxManifestBytes };
  }
}

/** A digest that we cannot compute would let anything pass for the blob. Throws BLOB_UNKNOWN. */
function checkable(digest: Digest): Digest {
  if (algorithmOf(digest) !== undefined) return digest;
  throw new RegistryError('BLOB_UNKNOWN', `the digest ${digest} cannot be checked`, { detail: { digest } });
}
