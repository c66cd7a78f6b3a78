import { resolve } from 'node:path';
import type { Config } from './config.ts';
import { checkFolder } from './images-folder.ts';

/** A folder that images come from. */
export interface Source {
  readonly root: string;
  /** Put before every name in it; empty for none. */
  readonly prefix: string;
}

/** The images folder and the mounts, in the order in which they count. Throws for one that cannot be read. */
export async function openSources({ images, mounts }: Config): Promise<Source[]> {
  await checkFolder('images folder', images);
  for (const { path } of mounts) await checkFolder('mount', path);
  return [{ path: images, prefix: '' }, ...mounts].map(({ path, prefix }) => ({ root: resolve(path), prefix }));
}
