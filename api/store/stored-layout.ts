import { relative, sep } from 'node:path';
import type { ImageDir } from '../folder/image-dir.ts';
import type { ImageDirs } from '../folder/image-dirs.ts';
import { NotServed } from '../folder/not-served.ts';
import type { Repository } from '../oci/repository.ts';
import type { Store } from './store.ts';

/** The layout that the store has for a repository, to be read; `dirs` are those of its folder. Undefined when there is none, or none
 *  that can be served. */
export async function openStoredLayout(
  store: Pick<Store, 'root' | 'layoutOf'>,
  dirs: ImageDirs,
  repo: Repository,
): Promise<ImageDir | undefined> {
  const path = relative(store.root, store.layoutOf(repo)).split(sep).join('/');
  try {
    const dir = await dirs.open(path);
    return dir?.format === 'oci-layout' ? dir : undefined;
  } catch (err) {
    if (err instanceof NotServed) return undefined;
    throw err;
  }
}
