import { join } from 'node:path';
import { splitDigest, type Digest } from '../oci/digest.ts';

/** The folders of ours in the images folder; none can be a repository's name. */
export const POOL = '_blobs';
export const WORK = '_fills';
export const LOCKS = '_locks';
export const QUARANTINE = '_quarantine';
export const REMOVALS = '_removals';
export const KNOWN = '_known';
export const UNPACKED = '_unpacked';

/** Where a blob is in a layout's `blobs/` or in the pool. */
export function blobPath(folder: string, digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return join(folder, algorithm, encoded);
}
