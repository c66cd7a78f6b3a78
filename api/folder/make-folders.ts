import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a directory and those above it that are missing; gives the topmost that it made, undefined for none. As Node's own,
 *  which says of a read-only file system that something is missing. Another process may be removing empty ones meanwhile. */
export async function makeFolders(path: string, tries = 5): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (await isDirectory(path)) return undefined;
    if (code !== 'ENOENT' || tries === 0) throw err;
  }
  const above = await makeFolders(dirname(path));
  const made = await makeFolders(path, tries - 1);
  return above ?? made;
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
