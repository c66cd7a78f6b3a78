import assert from 'node:assert/strict';
import { eventually } from '../clients/eventually.ts';
import { digestsOf } from '../stored-blobs.ts';
import { blobsOf, manifestsOf, type TinyImage, type TinyIndex } from '../tiny-image.ts';
import type { Cache, Got } from './cache.ts';

/** What an answer must say of where it came from: `fwd=miss`, `hit`. */
type CacheStatus = RegExp;

/** Pulls an image as clients do, by its tag, then the rest by digest, and holds each byte and header against it. `name` is that of
 *  the path: `team/app`, `quay.io/team/app`; `ns` the host, if that is not in it. */
export async function assertPulled(
  cache: Cache,
  { name, ns, tag = 'v1' }: { readonly name: string; readonly ns?: string; readonly tag?: string },
  image: TinyImage | TinyIndex,
  cacheStatus: CacheStatus = /^ociregistry; (?:hit|fwd=)/,
): Promise<void> {
  const query = ns === undefined ? '' : `?ns=${ns}`;
  const manifests = manifestsOf(image).map((piece, i) => ({
    piece,
    path: `manifests/${i === 0 ? tag : piece.digest}`,
  }));
  const blobs = blobsOf(image).map((piece) => ({ piece, path: `blobs/${piece.digest}` }));
  for (const { piece, path } of [...manifests, ...blobs]) {
    const answer = await cache.ask(`/v2/${name}/${path}${query}`);
    assert.equal(answer.status, 200, `${name}/${path}: ${answer.body.toString().slice(0, 500)}`);
    assert.ok(answer.isWhole && answer.body.equals(piece.bytes), `${name}/${path}: other bytes`);
    assert.equal(answer.headers.get('docker-content-digest'), piece.digest);
    assert.match(answer.headers.get('cache-status') ?? '', cacheStatus);
    if (path.startsWith('manifests/')) assert.equal(answer.headers.get('content-type'), piece.mediaType);
  }
}

/** Resolves when all of the images is kept, and nothing else is on its way to be: they are answered before. */
export async function untilKept(cache: Cache, ...images: readonly (TinyImage | TinyIndex)[]): Promise<void> {
  await eventually('all of it is kept', async () => {
    const kept = await cache.kept();
    return digestsOf(...images).every((digest) => kept.has(digest)) && (await cache.unfinished()).length === 0;
  });
}

/** Holds that an answer is an error in the envelope, and gives its message. */
export function assertRefused(
  { status, headers, body, isWhole }: Got,
  expected: { readonly status: number; readonly code: string; readonly message?: RegExp },
): string {
  assert.equal(status, expected.status, body.toString().slice(0, 500));
  assert.ok(isWhole);
  const { errors } = JSON.parse(body.toString()) as { errors: { code: string; message: string }[] };
  const [{ code, message }] = errors as [{ code: string; message: string }];
  assert.equal(code, expected.code, message);
  if (expected.message) assert.match(message, expected.message);
  assert.equal(headers.has('retry-after'), status === 503);
  return message;
}
