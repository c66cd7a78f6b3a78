import type { FileIdentity } from '../folder/file-identity.ts';
import type { BlobFile } from '../folder/image-dir.ts';
import { NotServed, readFailure, type OtherContent } from '../folder/not-served.ts';
import type { Hasher } from '../folder/saved-files.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { byCodePoint } from '../oci/reference.ts';

/** What is there instead of what should be. */
export type Finding =
  | { readonly is: 'other'; readonly digest: Digest }
  | { readonly is: 'size'; readonly size: number; readonly expectedSize: number }
  | { readonly is: 'missing' }
  | { readonly is: 'unreadable'; readonly reason: string }
  /** No image, or one that cannot be told to be the one it should be. */
  | { readonly is: 'invalid'; readonly reason: string };

/** A place where something is not as it should be. */
export interface BadPlace {
  /** On disk; inside an archive as if that was a folder. */
  readonly path: string;
  readonly expected: Digest | undefined;
  readonly found: Finding;
  /** The file's, when it was looked at. */
  readonly identity?: FileIdentity;
}

/** A bad file with all that it spoils. */
export interface BadFile extends BadPlace {
  /** Why it cannot be moved aside, if it cannot. */
  readonly immovable?: string;
  /** Other names of it that were come across. */
  readonly otherPaths: readonly string[];
  /** `repository:tag`, or `repository@digest` of what has no tag. */
  readonly images: readonly string[];
}

interface Known {
  readonly place: BadPlace;
  readonly immovable: string | undefined;
  readonly paths: Set<string>;
  /** Those by which an image has it. */
  readonly imagePaths: Set<string>;
  readonly images: Set<string>;
}

/** Bad files as they are come across, each once, whatever it is called and however many images it belongs to. */
export class BadFiles {
  readonly #files = new Map<string, Known>();

  /** `immovable` says why it cannot be moved aside, if it cannot. */
  add(place: BadPlace, image?: string, immovable?: string): void {
    const key = `${place.identity ?? place.path} ${place.expected ?? ''}`;
    const none = {
      place,
      immovable,
      paths: new Set<string>(),
      imagePaths: new Set<string>(),
      images: new Set<string>(),
    };
    const known = this.#files.get(key) ?? none;
    this.#files.set(key, known);
    known.paths.add(place.path);
    if (image === undefined) return;
    known.imagePaths.add(place.path);
    known.images.add(image);
  }

  /** By path. */
  list(): BadFile[] {
    const files = [...this.#files.values()].map(({ place, immovable, paths, imagePaths, images }) => {
      // Which was come across first is chance.
      const [path = place.path] = [...(imagePaths.size > 0 ? imagePaths : paths)].sort(byCodePoint);
      return {
        ...place,
        path,
        ...(immovable !== undefined && { immovable }),
        otherPaths: [...paths].filter((other) => other !== path).sort(byCodePoint),
        images: [...images].sort(byCodePoint),
      };
    });
    return files.sort((a, b) => byCodePoint(a.path, b.path));
  }
}

/** What is wrong with a file that should have a digest, and a size if that is known; undefined when nothing is, or nobody can tell. */
export async function findWrong(
  hasher: Hasher,
  file: BlobFile,
  expected: Digest,
  expectedSize = file.size,
): Promise<Finding | undefined> {
  if (file.size !== expectedSize) return { is: 'size', size: file.size, expectedSize };
  const algorithm = algorithmOf(expected);
  if (algorithm === undefined) return undefined;
  try {
    const digest = await hasher.digestOf(file.files, file.path, file, algorithm);
    return digest === expected ? undefined : { is: 'other', digest };
  } catch (err) {
    return findingOf(err, file.path);
  }
}

/** What an error says of a file; undefined of one that somebody is writing. Throws what is an error of ours. */
export function findingOf(err: unknown, path: string): Finding | undefined {
  const reason = readFailure(path, err);
  if (!(reason instanceof NotServed)) throw err;
  const code = (reason.cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'missing' };
  return code === undefined ? undefined : { is: 'unreadable', reason: withoutPath(reason, path) };
}

/** Where a file lies that is not what its name says. */
export function otherContent({ path, expected, actual, identity }: OtherContent): BadPlace {
  return { path, expected, found: { is: 'other', digest: actual }, identity };
}

/** What the folder's own messages say, without the path that stands beside it. */
export const withoutPath = ({ message }: Error, path: string): string =>
  message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
