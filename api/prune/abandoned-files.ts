import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Unlinker } from '../store/unlinker.ts';

/** A folder or a file of somebody who died. */
interface Abandoned {
  readonly path: string;
  /** In bytes, what it took on disk. */
  readonly size: number;
}

/** Removes what lies in a folder of ours and has not changed since `before`, with all that is in it: who works there changes it all
 *  the time. Only what `isMeant` by its name. */
export async function removeAbandoned(
  unlinker: Unlinker,
  folder: string,
  before: number,
  isMeant: (name: string) => boolean = () => true,
): Promise<Abandoned[]> {
  const removed: Abandoned[] = [];
  for (const name of (await readdir(folder).catch(ifMissing)) ?? []) {
    const path = join(folder, name);
    if (!isMeant(name) || (await newestChange(path)) > before) continue;
    const freed = unlinker.freedBytes;
    for (const file of await filesAt(path)) await unlinker.unlink(file);
    if (!unlinker.dryRun) await rm(path, { recursive: true, force: true });
    removed.push({ path, size: unlinker.freedBytes - freed });
  }
  return removed;
}

/** When anything at a path or below it was last written, or given or taken a name; never when it is gone. */
async function newestChange(path: string): Promise<number> {
  const stats = await lstat(path).catch(ifMissing);
  if (stats === undefined) return Infinity;
  const times = [stats.mtimeMs, stats.ctimeMs];
  if (stats.isDirectory()) {
    for (const name of (await readdir(path).catch(ifMissing)) ?? []) {
      const newest = await newestChange(join(path, name));
      if (newest !== Infinity) times.push(newest);
    }
  }
  return Math.max(...times);
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await lstat(path).catch(ifMissing))?.isDirectory()) return [path];
  const entries = (await readdir(path, { withFileTypes: true, recursive: true }).catch(ifMissing)) ?? [];
  return entries.filter((entry) => !entry.isDirectory()).map(({ name, parentPath }) => join(parentPath, name));
}

function ifMissing(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT' || err.code === 'ENOTDIR') return undefined;
  throw err;
}
