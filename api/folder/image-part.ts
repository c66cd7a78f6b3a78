import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageDir } from './image-dir.ts';
import { isFullName } from './image-name.ts';

/** Names, and manifests without one, that are read of one source: more than any has, as all are kept. */
export const MAX_NAMES = 50_000;

/** The images of one repository in an archive, or in a directory that names several. */
export interface ImagePart {
  /** Whether the repository is written inside, and not made of the archive's own name. */
  readonly isNamed: boolean;
  /** Those that are named by their digest alone. */
  readonly byDigest: readonly Descriptor[];
  /** May mean to hash them, so it is done when they are first asked for. */
  readonly open: () => Promise<ImageDir>;
}

/** Opens at most once at a time, and not again when it went well. */
export function openedOnce(
  open: () => Promise<ImageDir>,
  { isNamed, byDigest = [] }: { isNamed: boolean; byDigest?: readonly Descriptor[] },
): ImagePart {
  let opened: Promise<ImageDir> | undefined;
  return {
    isNamed,
    byDigest,
    open: () =>
      (opened ??= open().catch((err: unknown) => {
        opened = undefined;
        throw err;
      })),
  };
}

/** Why a name inside an archive is no use. */
export const badName = (text: string): string =>
  `no client can ask for ${JSON.stringify(text.slice(0, 300))}${isFullName(text) ? ': it has no tag' : ''}`;
