import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';

/** Some 200 bytes each. */
const MAX_REMEMBERED = 100_000;

/** Which blobs the manifests of a repository name, and how large they are: who may have the manifest may have those. As far as it was
 *  seen since the start; what is forgotten is found again in the manifests that are kept. */
export class References {
  readonly #sizes = new LRUCache<string, { readonly size: number }>({ max: MAX_REMEMBERED });

  add(repo: Repository, { config, layers }: ManifestDocument): void {
    const name = formatRepository(repo);
    for (const { digest, size } of [...(config ? [config] : []), ...layers]) {
      const key = `${name} ${digest}`;
      if (this.#sizes.get(key) === undefined) this.#sizes.set(key, { size });
    }
  }

  /** The size of a blob, in bytes, if a manifest names it. */
  sizeOf(repo: Repository, digest: Digest): number | undefined {
    return this.#sizes.get(`${formatRepository(repo)} ${digest}`)?.size;
  }
}
