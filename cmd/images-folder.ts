import { access, constants, mkdir, opendir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, reasonOf } from './failure.ts';

/** Makes the images folder if it is missing; its parent must be there. Throws naming path and reason. */
export async function makeImagesFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    // On a read-only file system some say EROFS although it is there.
    if (codeOf(cause) === 'EEXIST' || (await isThere(path))) return checkFolder('images folder', path);
    const parent = dirname(path);
    const reason = codeOf(cause) === 'ENOENT' ? `its parent folder ${parent} does not exist` : reasonOf(cause);
    throw new Error(`images folder ${path}: cannot be made: ${reason}`, { cause });
  }
}

/** That a folder can be read. Throws naming path and reason; `what` says whose it is. */
export async function checkFolder(what: string, path: string): Promise<void> {
  try {
    await (await opendir(path)).close();
    await access(path, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`${what} ${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
