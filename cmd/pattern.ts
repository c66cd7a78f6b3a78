import picomatch from 'picomatch';
import type { Config } from './config.ts';

/** Whether an image is meant; of a repository without a tag, whether one of its images may be. */
type ImageFilter = (image: { readonly repository: string; readonly tag?: string }) => boolean;

/** Whether an image is pinned. */
export const pinsOf = ({ pins }: Config['cache']): ImageFilter =>
  pins.length === 0 ? () => false : parsePatterns(pins);

/** Globs over `repository:tag`, any of which may match; without one every image does. `*` stays within a component of the
 *  repository, `**` does not; without a `:` all tags are meant. */
export function parsePatterns(patterns: readonly string[]): ImageFilter {
  if (patterns.length === 0) return () => true;
  const filters = patterns.map(parsePattern);
  return (image) => filters.some((matches) => matches(image));
}

function parsePattern(pattern: string): ImageFilter {
  // The colon of a host's port stands before a slash.
  const colon = pattern.lastIndexOf(':');
  const hasTag = colon > pattern.lastIndexOf('/');
  const repository = picomatch(hasTag ? pattern.slice(0, colon) : pattern);
  // A tag may begin with a dot's neighbours only, but hold dots anywhere: nothing is hidden.
  const tag = picomatch(hasTag ? pattern.slice(colon + 1) : '*', { dot: true });
  return (image) => repository(image.repository) && (image.tag === undefined || tag(image.tag));
}
