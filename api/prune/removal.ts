import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { Entry } from '../store/layout-index.ts';
import { Remover } from './remover.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';

/** What a layout names no more. */
export interface Removed {
  /** Tells its entry from all others that the layout had. */
  readonly key: string;
  /** None when it was had by its digest alone. */
  readonly tag: Tag | undefined;
  readonly digest: Digest;
  /** In bytes, what it consists of, whatever of it others hold too. */
  readonly size: number;
  /** When it was fetched or loaded. */
  readonly fetched: Date | undefined;
  /** Whether it went because its subject did. */
  readonly isReferrer: boolean;
}

/** Removes from a repository what we wrote there and is not wanted any more, and the blobs that nothing else needs. A dry run only
 *  tells. Where a process dies at it, the next removal in the repository ends its work. */
export async function removeTags(
  store: Store,
  repo: Repository,
  isRemoved: (entry: Entry) => boolean,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Removed[]> {
  const remover = new Remover(store, new Unlinker({ dryRun }));
  const { removed } = await remover.remove(repo, isRemoved);
  return [...removed];
}
