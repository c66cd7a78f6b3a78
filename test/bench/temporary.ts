import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes when the process ends. */
export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'ociregistry-bench-'));
  folders.push(folder);
  return folder;
}

const MEMORY_FOLDER = '/dev/shm';
const TMPFS_MAGIC = 0x01021994;
const ROOM_BYTES = 4 * 1024 ** 3;

/** The same for hundreds of thousands of small files: in memory where there is room, as a disk takes minutes to make them and
 *  to remove them again. */
export function temporaryFolderForMany(): string {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY_FOLDER);
    if (type === TMPFS_MAGIC && bavail * bsize > ROOM_BYTES) return temporaryFolder(MEMORY_FOLDER);
  } catch {
    // There is none.
  }
  return temporaryFolder();
}
