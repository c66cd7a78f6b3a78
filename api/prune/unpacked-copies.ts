import { stat } from 'node:fs/promises';
import { Tree } from '../folder/tree.ts';
import { unpackedName } from '../folder/unpacker.ts';
import { walk } from '../folder/walk.ts';

/** Tells by their names which unpacked copies are of archives that are not in these folders. That of an archive on another file
 *  system, which may only not be mounted now, is not told of. */
export async function outdatedCopies(folders: readonly string[]): Promise<(name: string) => boolean> {
  const current = new Set<string>();
  const devices = new Set<string>();
  for (const folder of folders) {
    devices.add(String((await stat(folder)).dev));
    const tree = new Tree(folder);
    for (const found of walk(tree)) {
      const archive = 'archive' in found ? tree.statFile(found.archive.path) : undefined;
      if (archive) current.add(unpackedName(archive.identity));
    }
  }
  return (name) => name.endsWith('.tar') && !current.has(name) && devices.has(name.slice(0, name.indexOf('-')));
}
