import { readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isTemporary } from './durable.ts';

/** Removes a layout that names nothing, if no blob is left in it, and the directories above it up to `root` that are empty then.
 *  Whatever else lies in it stays. Under the layout's lock. */
export async function removeEmptyLayout(layout: string, root: string): Promise<void> {
  const blobs = join(layout, 'blobs');
  for (const folder of await directoriesIn(blobs)) {
    await removeTemporaries(folder);
    await rmdir(folder).catch(unlessInUse);
  }
  if ((await rmdir(blobs).catch(unlessInUse)) === IN_USE) return;
  await removeTemporaries(layout);
  for (const name of ['index.json', 'oci-layout']) await unlink(join(layout, name)).catch(unlessInUse);
  await removeEmptyDirectories(layout, root);
}

/** Removes a directory and those above it up to `root`, as far as nothing is in them. */
export async function removeEmptyDirectories(path: string, root: string): Promise<void> {
  for (let folder = path; relative(root, folder) !== ''; folder = dirname(folder)) {
    if ((await rmdir(folder).catch(unlessInUse)) === IN_USE) return;
  }
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

/** Nobody else writes here meanwhile, so they are of who died. */
async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (isTemporary(name)) await rm(join(folder, name), { force: true });
  }
}

const IN_USE = Symbol('in use');

function unlessInUse(err: NodeJS.ErrnoException): typeof IN_USE | undefined {
  if (err.code === 'ENOENT') return undefined;
  if (['ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR'].includes(err.code ?? '')) return IN_USE;
  throw err;
}
