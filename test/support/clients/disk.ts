import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from './stored.ts';

/** A file as it lies on disk. */
export interface DiskFile {
  /** Relative to the folder that was looked at. */
  readonly path: string;
  readonly inode: bigint;
  readonly links: number;
  readonly size: number;
  /** When its content changed last, in nanoseconds. */
  readonly changed: bigint;
}

/** Every file below a folder, in the order of the paths. */
export async function filesBelow(folder: string): Promise<DiskFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(
    paths.sort().map(async (path) => {
      const { ino, nlink, size, mtimeNs } = await lstat(path, { bigint: true });
      return {
        path: path.slice(folder.length + 1),
        inode: ino,
        links: Number(nlink),
        size: Number(size),
        changed: mtimeNs,
      };
    }),
  );
}

/** The blobs and manifests of layouts and of the pool, each with the files that have its bytes. */
export async function blobsBelow(folder: string): Promise<Map<string, readonly DiskFile[]>> {
  const blobs = new Map<string, DiskFile[]>();
  for (const file of await filesBelow(folder)) {
    const [, hex] = /blobs\/sha256\/([0-9a-f]{64})$/.exec(file.path) ?? [];
    if (hex === undefined) continue;
    const digest = await sha256OfFile(join(folder, file.path));
    if (digest !== `sha256:${hex}`) throw new Error(`${file.path}: its content is ${digest}`);
    blobs.set(digest, [...(blobs.get(digest) ?? []), file]);
  }
  return blobs;
}

/** Throws unless the bytes of each blob are on disk once, whatever number of names they have. */
export async function requireOnce(folder: string): Promise<void> {
  for (const [digest, files] of await blobsBelow(folder)) {
    const inodes = new Set(files.map(({ inode }) => inode));
    const links = files[0]?.links;
    if (inodes.size === 1 && links === files.length) continue;
    const paths = files.map(({ path }) => path).join(', ');
    throw new Error(`${digest}: ${inodes.size} copies with ${String(links)} links: ${paths}`);
  }
}
