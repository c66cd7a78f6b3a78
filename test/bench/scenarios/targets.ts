import { blobPath, manifestPath, type ImageSet, type StoredImage } from '../images.ts';
import type { Target } from './scenario.ts';

export const smallManifest = ({ images }: ImageSet): Target => manifestOf(images[0]!);
export const smallBlob = ({ images }: ImageSet): Target => layerOf(images[0]!);
export const largeBlob = ({ images }: ImageSet): Target => layerOf(images.at(-1)!);
/** Neither the first nor the last of many. */
export const middleManifest = ({ images }: ImageSet): Target => manifestOf(images[Math.floor(images.length / 2)]!);

const manifestOf = (image: StoredImage): Target => ({ image, path: manifestPath(image), bytes: image.manifest });

function layerOf(image: StoredImage): Target {
  const layer = image.blobs.at(-1)!;
  return { image, path: blobPath(image, layer), bytes: layer };
}
