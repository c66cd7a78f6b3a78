import { join } from 'node:path';
import { listImages, type ListedImage } from '../api/folder/listing.ts';
import type { Problem } from '../api/folder/walk.ts';
import { byCodePoint } from '../api/oci/reference.ts';
import type { Composed } from './compose.ts';

/** An image of one of the folders; `path` is the one on disk. */
export type FolderImage = ListedImage;

export interface FolderListing {
  readonly images: readonly FolderImage[];
  readonly problems: readonly Problem[];
}

/** What all folders have, as one list: of a name in several the first counts. */
export async function listFolders({ folders }: Pick<Composed, 'folders'>): Promise<FolderListing> {
  const images = new Map<string, FolderImage>();
  const problems: Problem[] = [];
  for (const folder of folders) {
    const { root } = folder;
    const listing = await listImages(folder);
    for (const image of listing.images) {
      const name = `${image.repository}:${image.tag}`;
      if (!images.has(name)) images.set(name, { ...image, path: join(root, image.path) });
    }
    for (const { path, reason } of listing.problems) problems.push({ path: join(root, path), reason });
  }
  return {
    images: [...images.values()].sort((a, b) => byCodePoint(a.repository, b.repository) || byCodePoint(a.tag, b.tag)),
    problems,
  };
}
