import type { Load } from '../api/load/load.ts';
import { formatRepository } from '../api/oci/repository.ts';
import { removeTags } from '../api/prune/removal.ts';
import type { Store } from '../api/store/store.ts';
import { UsageError } from './failure.ts';
import type { Plan } from './load-sources.ts';

/** Removes the tags that inventories do not name any more, in the repositories that they manage and as far as we wrote them.
 *  Gives what was removed, or would be. */
export async function pruneInventoryTags(
  store: Store,
  load: Load,
  plans: readonly Plan[],
  dryRun: boolean,
): Promise<string[]> {
  const inventories = plans.flatMap(({ inventory }) => (inventory ? [inventory] : []));
  if (inventories.length === 0) throw new UsageError('--prune-tags: none of the sources is an inventory');
  const repositories = new Map<string, Set<string>>();
  for (const inventory of inventories) {
    for (const repo of inventory.repositories) repositories.set(formatRepository(repo), new Set());
  }
  for (const { images } of inventories) {
    for (const { repo, reference } of images) repositories.get(formatRepository(repo))?.add(reference);
  }
  const removed: string[] = [];
  const repos = new Map(inventories.flatMap((it) => it.repositories.map((repo) => [formatRepository(repo), repo])));
  for (const [name, wanted] of repositories) {
    const here = load.repositoryHere(repos.get(name)!);
    const gone = await removeTags(store, here, ({ tag }) => tag !== undefined && !wanted.has(tag), { dryRun });
    for (const { tag } of gone) if (tag !== undefined) removed.push(`${formatRepository(here)}:${tag}`);
  }
  return removed;
}
