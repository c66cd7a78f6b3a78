import type { Digest } from '../oci/digest.ts';
import type { Candidate } from './prune-candidates.ts';
import { usedAt } from './prune-selection.ts';

/** A blob in the pool: how large, and how many names it has. */
export interface PooledSize {
  readonly size: number;
  readonly links: number;
}

/** Which images have to go until the pool holds no more than `maxBytes`: first those that lost their tag before `replacedBefore`,
 *  then those that are unused the longest. What frees nothing, as others hold all of it, stays. */
export function planEviction(
  all: readonly Candidate[],
  removable: readonly Candidate[],
  pool: ReadonlyMap<Digest, PooledSize>,
  { maxBytes, replacedBefore }: { readonly maxBytes: number; readonly replacedBefore: number },
): Candidate[] {
  const holders = new Holders(all);
  const others = new Map([...pool].map(([digest, { links }]) => [digest, links - 1 - holders.layoutsWith(digest)]));
  let bytes = [...pool.values()].reduce((sum, { size }) => sum + size, 0);
  const evicted: Candidate[] = [];
  const isOutdated = ({ replaced }: Candidate): boolean => replaced !== undefined && replaced <= replacedBefore;
  const order = [...removable].sort(
    (a, b) => Number(isOutdated(b)) - Number(isOutdated(a)) || (usedAt(a) ?? 0) - (usedAt(b) ?? 0),
  );
  for (const image of order) {
    if (bytes <= maxBytes) break;
    evicted.push(image);
    for (const digest of holders.remove(image)) {
      // Somebody may have given it a name that we do not know of.
      if ((others.get(digest) ?? 1) <= 0) bytes -= pool.get(digest)?.size ?? 0;
    }
  }
  return evicted.filter(({ digests }) => [...digests].some((digest) => holders.layoutsWith(digest) === 0));
}

/** How many images of which repositories hold a blob. */
class Holders {
  readonly #layouts = new Map<Digest, Map<string, number>>();

  constructor(images: readonly Candidate[]) {
    for (const { repository, digests } of images) {
      for (const digest of digests) {
        const layouts = this.#layouts.get(digest) ?? new Map<string, number>();
        this.#layouts.set(digest, layouts.set(repository, (layouts.get(repository) ?? 0) + 1));
      }
    }
  }

  layoutsWith(digest: Digest): number {
    return this.#layouts.get(digest)?.size ?? 0;
  }

  /** Gives the blobs that nobody holds then. */
  remove({ repository, digests }: Candidate): Digest[] {
    return [...digests].filter((digest) => {
      const layouts = this.#layouts.get(digest);
      const left = (layouts?.get(repository) ?? 0) - 1;
      if (left > 0) layouts?.set(repository, left);
      else layouts?.delete(repository);
      return layouts?.size === 0;
    });
  }
}
