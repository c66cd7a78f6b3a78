import type { Files } from './files.ts';
import type { ImagePart } from './image-part.ts';
import { layoutParts } from './layout-parts.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { NotServed } from './not-served.ts';
import type { Hasher } from './saved-files.ts';
import { savedParts } from './saved-parts.ts';

/** What opening parts takes. */
export interface PartReaders {
  readonly reader: ManifestReader;
  readonly hasher: Hasher;
}

export interface ImageParts {
  /** By repository. */
  readonly parts: ReadonlyMap<string, ImagePart>;
  /** What has no name that a client can ask for. */
  readonly problems: readonly string[];
  /** How many names, and manifests without one, are remembered. */
  readonly names: number;
}

/** The images of an archive or of a directory by the names written inside: an OCI layout, or what `docker save` wrote. One that is
 *  both, as `docker save` since version 25 writes, is a layout. `itself` is the repository of what has no name inside. Throws NotServed. */
export async function openParts(
  files: Files,
  path: string,
  itself: string,
  { reader, hasher }: PartReaders,
): Promise<ImageParts> {
  const problems: string[] = [];
  const has = (name: string): boolean => files.statFile(`${path}/${name}`) !== undefined;
  if (has('oci-layout') && has('index.json')) {
    return { ...(await layoutParts(files, path, itself, reader, problems)), problems };
  }
  if (!has('manifest.json'))
    throw new NotServed(`${path}: no image: neither manifest.json nor oci-layout and index.json is in it`);
  return { ...(await savedParts(files, path, itself, hasher, problems)), problems };
}
