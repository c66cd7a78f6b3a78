import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../api/oci/digest.ts';
import type { Store } from '../../api/store/store.ts';
import { piecesOf, type TinyImage, type TinyIndex } from './tiny-image.ts';

/** The digests in a `blobs/` folder or in the pool, sorted. */
export async function blobsIn(folder: string): Promise<Digest[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => `${parentPath.slice(folder.length + 1)}:${name}` as Digest)
    .sort();
}

export const digestsOf = (...images: readonly (TinyImage | TinyIndex)[]): Digest[] =>
  [...new Set(images.flatMap(piecesOf).map(({ digest }) => digest))].sort();

/** How many names each blob in the pool has. */
export async function linksOf(store: Store): Promise<Map<Digest, number>> {
  const digests = await blobsIn(store.pool);
  const links = digests.map(
    async (digest) => [digest, (await stat(join(store.pool, ...digest.split(':')))).nlink] as const,
  );
  return new Map(await Promise.all(links));
}

/** Everything below a folder, by its path in it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.map(({ name, parentPath }) => join(parentPath, name).slice(folder.length + 1)).sort();
}

/** What the files below a folder take, each once, however many names it has. */
export async function bytesOnDisk(folder: string): Promise<number> {
  const files = new Map<number, number>();
  for (const path of await filesBelow(folder).catch(() => [])) {
    const { ino, size } = await stat(join(folder, path));
    if ((await stat(join(folder, path))).isFile()) files.set(ino, size);
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}
