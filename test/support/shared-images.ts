import { layerOf, tinyImage, tinyIndex } from './tiny-image.ts';

const layer = (i: number): Buffer => layerOf(`layer ${i}`);
const images = [0, 1, 2, 3].map((i) => tinyImage({ seed: `image ${i}`, layers: [layer(i), layer((i + 1) % 4)] }));

/** Images that have layers, and each other, in common. */
export const sharedImages = [...images, tinyIndex(images.slice(0, 2)), tinyIndex(images.slice(1, 4))];
