import { formatPlatform, type Platform } from '../oci/descriptor.ts';
import type { PullReference } from '../oci/pull-reference.ts';
import { formatImage } from '../oci/reference.ts';

/** An image that a list or an inventory asks for. */
export interface WantedImage extends PullReference {
  /** Only these of an index; empty for all. */
  readonly platforms: readonly Platform[];
  /** Where it stands, `images.txt:3`. */
  readonly at: string;
}

/** What is asked for twice becomes one, where it stands first, with the platforms of both. */
export function mergeWanted(images: Iterable<WantedImage>): WantedImage[] {
  const merged = new Map<string, WantedImage>();
  for (const image of images) {
    const key = formatImage(image);
    const before = merged.get(key);
    merged.set(key, before ? { ...before, platforms: bothPlatforms(before.platforms, image.platforms) } : image);
  }
  return [...merged.values()];
}

function bothPlatforms(a: readonly Platform[], b: readonly Platform[]): readonly Platform[] {
  if (a.length === 0 || b.length === 0) return [];
  return [...new Map([...a, ...b].map((platform) => [formatPlatform(platform), platform])).values()];
}
