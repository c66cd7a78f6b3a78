import type { Digest } from '../oci/digest.ts';
import type { Candidate } from './prune-candidates.ts';
import { usedAt } from './prune-selection.ts';
import { inSlices } from './slices.ts';

/** A blob in the pool: how large, and how many names it has. */
export interface PooledSize {
  readonly size: number;
  readonly links: number;
}

/** What has to go, and what the pool would hold then, in bytes. */
export interface EvictionPlan {
  readonly images: readonly Candidate[];
  readonly leftBytes: number;
}

/** Which images have to go until the pool holds no more than `maxBytes`: first those that lost their tag before `replacedBefore` and
 *  were not used since, then those that are unused the longest. What frees nothing, as others hold all of it, stays. */
export async function planEviction(
  all: readonly Candidate[],
  removable: readonly Candidate[],
  pool: ReadonlyMap<Digest, PooledSize>,
  { maxBytes, replacedBefore }: { readonly maxBytes: number; readonly replacedBefore: number },
): Promise<EvictionPlan> {
  const holders = await Holders.of(all);
  let leftBytes = 0;
  for (const { size } of pool.values()) leftBytes += size;
  const evicted: Candidate[] = [];
  const isOutdated = ({ replaced, lastUsed = 0 }: Candidate): boolean =>
    replaced !== undefined && Math.max(replaced, lastUsed) <= replacedBefore;
  const order = [...removable].sort(
    (a, b) => Number(isOutdated(b)) - Number(isOutdated(a)) || (usedAt(a) ?? 0) - (usedAt(b) ?? 0),
  );
  for await (const image of inSlices(order)) {
    if (leftBytes <= maxBytes) break;
    evicted.push(image);
    for (const digest of holders.remove(image)) {
      const pooled = pool.get(digest);
      // Somebody may have given it a name that we do not know of.
      if (pooled && pooled.links - 1 <= holders.layoutsThatHad(digest)) leftBytes -= pooled.size;
    }
  }
  const frees = ({ digests }: Candidate): boolean =>
    [...digests].some((digest) => pool.has(digest) && !holders.isHeld(digest));
  return { images: evicted.filter(frees), leftBytes };
}

/** Who holds a blob: how many images in which repositories. */
interface Holding {
  /** In how many layouts it was. */
  layouts: number;
  readonly images: Map<string, number>;
}

/** Which images hold which blobs, while one after the other is removed. */
class Holders {
  readonly #holdings = new Map<Digest, Holding>();

  static async of(images: readonly Candidate[]): Promise<Holders> {
    const holders = new Holders();
    for await (const image of inSlices(images)) holders.#add(image);
    return holders;
  }

  isHeld(digest: Digest): boolean {
    return (this.#holdings.get(digest)?.images.size ?? 0) > 0;
  }

  /** In how many layouts a blob was before any image was removed. */
  layoutsThatHad(digest: Digest): number {
    return this.#holdings.get(digest)?.layouts ?? 0;
  }

  /** Gives the blobs that nobody holds then. */
  remove({ repository, digests }: Candidate): Digest[] {
    return [...digests].filter((digest) => {
      const { images } = this.#holdings.get(digest)!;
      const left = images.get(repository)! - 1;
      if (left > 0) images.set(repository, left);
      else images.delete(repository);
      return images.size === 0;
    });
  }

  #add({ repository, digests }: Candidate): void {
    for (const digest of digests) {
      const holding = this.#holdings.get(digest) ?? { layouts: 0, images: new Map<string, number>() };
      this.#holdings.set(digest, holding);
      const images = holding.images.get(repository) ?? 0;
      if (images === 0) holding.layouts++;
      holding.images.set(repository, images + 1);
    }
  }
}
