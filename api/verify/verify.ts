import type { FolderOptions } from '../folder/folder.ts';
import type { LoadProgress } from '../progress.ts';
import { BadFiles, type BadFile } from './bad-files.ts';
import { FolderCheck, type VerifyFilter } from './folder-check.ts';
import { FreshHasher } from './fresh-hasher.ts';
import { Quarantine, type Moved } from './quarantine.ts';
import type { Store } from '../store/store.ts';
import { checkStore } from './store-check.ts';

/** What verifying works with. */
export interface VerifyOptions {
  /** Only these images; all, and every blob in the store, without it. */
  readonly matches?: VerifyFilter;
  /** Moves what is bad aside. */
  readonly quarantine: boolean;
  readonly progress: LoadProgress;
}

export interface VerifyReport {
  /** Names of images that were checked. */
  readonly images: number;
  /** Files that were hashed, each once. */
  readonly files: number;
  readonly bytes: number;
  readonly bad: readonly (BadFile & Moved)[];
}

/** Hashes images again, whatever is remembered of them: those in the store's folder, which is the first, and in the others. An image
 *  that lacks something is bad; an index may name children that are not here. */
export async function verify(
  store: Store,
  folders: readonly FolderOptions[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { matches, quarantine, progress } = options;
  const bad = new BadFiles();
  const hasher = new FreshHasher(folders[0]!.known, progress);
  let images = 0;
  for (const [i, folder] of folders.entries()) {
    const immovable = i === 0 ? undefined : 'it lies on a mount';
    const check = new FolderCheck({
      folder,
      hasher,
      bad,
      progress,
      ...(matches && { matches }),
      ...(immovable !== undefined && { immovable }),
    });
    images += await check.run();
  }
  if (matches === undefined) await checkStore(store, hasher, bad);
  await folders[0]!.known.flush();
  const moved = quarantine ? new Quarantine(store) : undefined;
  const found: (BadFile & Moved)[] = [];
  for (const file of bad.list()) found.push({ ...file, ...(await moved?.move(file)) });
  return { images, files: hasher.files, bytes: hasher.bytes, bad: found };
}
