import { distributionProxies } from '../peers/distribution.ts';
import { ociregistryPullThrough } from '../peers/ociregistry.ts';
import type { Patience, PullThrough } from '../peers/peer.ts';
import { Server } from '../server.ts';
import { subfolder } from '../tasks/writing.ts';

/** Those that are compared. */
export const pullThroughs: readonly PullThrough[] = [...distributionProxies, ociregistryPullThrough];

/** Starts a cache that has nothing yet. */
export async function startEmpty(
  peer: PullThrough,
  { folder, upstream, patience }: { folder: string; upstream: string; patience?: Patience },
): Promise<Server> {
  const data = await subfolder(folder, `data-${crypto.randomUUID()}`);
  return Server.start(peer.over(upstream, patience), data, folder, '/v2/');
}
