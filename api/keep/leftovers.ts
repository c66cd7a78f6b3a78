import { join } from 'node:path';
import type { Log } from '../log.ts';
import { removeAbandoned } from '../prune/abandoned-files.ts';
import { WORK } from '../store/paths.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';
import { isWritable } from './access.ts';

/** Who does not change anything for so long is taken for dead, in milliseconds. */
const SAFE_AGE_MS = 60 * 60 * 1000;

/** Removes what processes that died have left of downloads, so that a server that crashes now and then does not fill the disk. Never
 *  rejects: it is tried again at the next start. */
export async function removeLeftovers(store: Store, log: Log, now = Date.now()): Promise<void> {
  try {
    if (!(await isWritable(store.root))) return;
    const unlinker = new Unlinker({ dryRun: false });
    const removed = await removeAbandoned(unlinker, join(store.root, WORK), now - SAFE_AGE_MS);
    if (removed.length > 0) log.info(`unfinished downloads of before were removed: ${removed.length}`);
  } catch (err) {
    log.warn(`unfinished downloads of before cannot be removed: ${(err as Error).message}`);
  }
}
