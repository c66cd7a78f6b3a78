import assert from 'node:assert/strict';
import { blobsOf, manifestsOf, type Piece, type TinyImage, type TinyIndex } from '../tiny-image.ts';

/** Pushes an image to a registry that takes it from anybody: blobs, then manifests, the one with the tag last.
 *  `registry` is an origin: `http://127.0.0.1:5000`. */
export async function pushImage(
  registry: string,
  name: string,
  tag: string,
  image: TinyImage | TinyIndex,
): Promise<void> {
  const repository = new URL(`/v2/${name}/`, registry);
  for (const blob of blobsOf(image)) await pushBlob(repository, blob);
  for (const manifest of manifestsOf(image).toReversed()) await putManifest(repository, manifest.digest, manifest);
  await putManifest(repository, tag, image.manifest);
}

async function pushBlob(repository: URL, { digest, bytes }: Piece): Promise<void> {
  const begun = await fetch(new URL('blobs/uploads/', repository), { method: 'POST' });
  const upload = new URL(begun.headers.get('location') ?? '', repository);
  upload.searchParams.set('digest', digest);
  await put(upload, bytes, 'application/octet-stream');
}

async function putManifest(repository: URL, reference: string, { bytes, mediaType }: Piece): Promise<void> {
  await put(new URL(`manifests/${reference}`, repository), bytes, mediaType);
}

async function put(url: URL, bytes: Buffer, type: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': type }, body: new Uint8Array(bytes) });
  assert.equal(answer.status, 201, `PUT ${url.pathname}: ${await answer.text()}`);
}
