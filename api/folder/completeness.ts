import { algorithmOf } from '../oci/digest.ts';
import { requiredBlobs, type ManifestDocument } from '../oci/manifest.ts';
import type { ImageDir } from './image-dir.ts';
import { NotServed } from './not-served.ts';
import type { Verifier } from './verifier.ts';

/** An image is offered only when all of it is there, as far as one can tell without reading it: a client that has the
 *  manifest does not try its next mirror for a blob. Throws NotServed that names the first blob that is missing, has not the
 *  size that the manifest says (a copy in progress), or was hashed before and is another. */
export function requireBlobs(dir: ImageDir, document: ManifestDocument, verifier: Verifier): void {
  for (const { digest, size } of requiredBlobs(document)) {
    const file = dir.file(digest);
    const algorithm = algorithmOf(digest);
    const actual = file && algorithm && verifier.known(file.identity, algorithm);
    if (file === undefined) throw missing(dir, `blob ${digest} is missing`, { digest, size });
    if (file.size !== size) {
      throw missing(dir, `blob ${digest}: ${file.size} bytes, expected ${size}`, { digest, size, found: file.size });
    }
    if (actual !== undefined && actual !== digest) {
      throw missing(dir, `blob ${digest}: the content of ${file.path} is ${actual}`, { digest, actual });
    }
  }
}

const missing = (dir: ImageDir, what: string, detail: unknown): NotServed =>
  new NotServed(`${dir.path}: ${what}`, { detail });
