import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../api/oci/digest.ts';
import { formatRepository } from '../../api/oci/repository.ts';
import { isTemporary } from '../../api/store/durable.ts';
import { LayoutIndex } from '../../api/store/layout-index.ts';
import { repositoryDirectories } from '../../api/store/layouts.ts';
import { blobPath } from '../../api/store/paths.ts';
import type { Store } from '../../api/store/store.ts';
import { blobsIn } from './stored-blobs.ts';
import { piecesOf, type TinyImage, type TinyIndex } from './tiny-image.ts';

/** That every image that a store names is whole, and linked from the pool. `images` are those that may be in it. Gives the tags that
 *  there are, sorted. */
export async function requireWholeImages(store: Store, images: readonly (TinyImage | TinyIndex)[]): Promise<string[]> {
  const byDigest = new Map(images.map((image) => [image.manifest.digest, image]));
  const tags: string[] = [];
  for await (const { repo, path, isLayout } of repositoryDirectories(store)) {
    if (!isLayout) continue;
    for (const { descriptor, tag } of (await LayoutIndex.read(path)).entries) {
      const image = byDigest.get(descriptor.digest);
      assert.ok(image, `${path} names ${descriptor.digest}`);
      for (const { digest, bytes } of piecesOf(image)) {
        const file = await stat(blobPath(join(path, 'blobs'), digest));
        assert.equal(file.size, bytes.length);
        assert.equal(file.ino, (await stat(blobPath(store.pool, digest))).ino, `${digest} is linked from the pool`);
      }
      if (tag !== undefined) tags.push(`${formatRepository(repo)}:${tag}`);
    }
  }
  return tags.sort();
}

/** The blobs in the pool that no layout has. */
export async function unreferencedBlobs(store: Store): Promise<Digest[]> {
  const unreferenced: Digest[] = [];
  for (const digest of await blobsIn(store.pool)) {
    if (isTemporary(digest.slice(digest.indexOf(':') + 1))) continue;
    if ((await stat(blobPath(store.pool, digest))).nlink === 1) unreferenced.push(digest);
  }
  return unreferenced;
}
