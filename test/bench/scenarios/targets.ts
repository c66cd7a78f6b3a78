import { blobPath, manifestPath, type ImageSet, type StoredImage } from '../images.ts';
import type { Target } from './scenario.ts';

export const smallManifest = ({ images }: ImageSet): Target => manifestOf(images[0]!);
export const smallBlob = ({ images }: ImageSet): Target => layerOf(images[0]!);
export const largeBlob = ({ images }: ImageSet): Target => layerOf(images.at(-1)!);
/** Neither the first nor the last of many. */
export const middleManifest = ({ images }: ImageSet): Target => manifestOf(middleOf(images));

const manifestOf = (image: StoredImage): Target => {
  const path = manifestPath(image, middleOf(image.tags));
  return { image, path, bytes: image.manifest };
};

const middleOf = <T>(list: readonly T[]): T => list[Math.floor(list.length / 2)]!;

function layerOf(image: StoredImage): Target {
  const layer = image.blobs.at(-1)!;
  return { image, path: blobPath(image, layer), bytes: layer };
}
