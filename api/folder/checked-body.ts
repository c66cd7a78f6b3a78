import type { ByteSpan } from '../oci/byte-range.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import type { Body } from '../registry.ts';
import { FileBody } from './file-body.ts';
import type { Files, OpenFile } from './files.ts';
import { NotServed } from './not-served.ts';
import { SMALL_BYTES, type Verifier } from './verifier.ts';

/** The bytes of a blob's file, of which nobody gets the last one before the whole is known to have the digest: it is hashed
 *  while it is sent, once for all who read it, and their last chunk waits for that. A range that ends before is sent as it is.
 *  Throws NotServed when the file is known to be another. */
export async function checkedBody(
  files: Files,
  verifier: Verifier,
  path: string,
  file: OpenFile,
  digest: Digest,
  span: ByteSpan | undefined,
): Promise<Body> {
  const algorithm = algorithmOf(digest);
  if (algorithm === undefined) throw new NotServed(`${path}: its digest cannot be checked`);
  const { start, end } = span ?? { start: 0, end: file.size - 1 };
  const reachesEnd = end === file.size - 1;

  let check: Promise<void> | undefined;
  if (verifier.known(file.identity, algorithm) !== digest && reachesEnd) {
    check = verifier.digestOf(files, path, file, algorithm).then((actual) => {
      if (actual !== digest) throw new NotServed(`${path}: its content is ${actual}, not ${digest}`);
    });
    // It is awaited only before the last chunk, which a client that leaves never asks for.
    check.catch(() => undefined);
    // A small one is hashed before it is answered, so that a wrong one is a 404 and no cut transfer.
    if (file.size <= SMALL_BYTES) await check;
  }

  return new FileBody(file, path, { start, end: end + 1 }, async () => {
    await check;
    if (!file.isUnchanged()) throw new NotServed(`${path}: it changed while it was sent`);
  });
}
