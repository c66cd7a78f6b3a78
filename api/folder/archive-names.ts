import { isArchiveName } from './archive-path.ts';
import type { Tree } from './tree.ts';
import { join } from './join-path.ts';

/** The archives that lie in a folder. What lies in or right below an unpacked image is part of it. */
export function archiveNames(tree: Tree, folder: string): readonly string[] {
  const isPartOfImage = ['manifest.json', 'oci-layout', '../manifest.json'].some(
    (name) => tree.statFile(pathOf(folder, name)) !== undefined,
  );
  const { files } = tree.list(folder);
  return isPartOfImage ? [] : files.filter((name) => isArchiveName(name) && (folder !== '' || !/^[_.]/.test(name)));
}

function pathOf(folder: string, name: string): string {
  if (!name.startsWith('../')) return join(folder, name);
  return folder === '' ? '' : join(folder.slice(0, Math.max(folder.lastIndexOf('/'), 0)), name.slice(3));
}
