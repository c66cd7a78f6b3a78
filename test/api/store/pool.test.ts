import assert from 'node:assert/strict';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { blobPath } from '../../../api/store/paths.ts';
import { Pool } from '../../../api/store/pool.ts';
import { Store } from '../../../api/store/store.ts';
import { Unlinker, type FileName } from '../../../api/store/unlinker.ts';
import { filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { digest, bytes } = tinyImage().config;

async function pooled(): Promise<Store> {
  const store = new Store(tempFolder());
  await using work = await store.begin();
  await work.put({ digest, size: bytes.length }, () => Promise.resolve([bytes]));
  return store;
}

test('a blob that nobody else has is taken out of the pool', async () => {
  using store = await pooled();
  const unlinker = new Unlinker({ dryRun: false });
  assert.equal((await new Pool(store.pool, unlinker).release(digest))?.size, bytes.length);
  assert.deepEqual(await filesBelow(store.pool), ['sha256']);
  assert.equal(unlinker.freedBytes, bytes.length);
  assert.equal(await new Pool(store.pool, unlinker).release(digest), undefined);
});

test('a blob that somebody begins to use just then stays in the pool', async () => {
  using store = await pooled();
  const path = blobPath(store.pool, digest);
  const other = join(store.root, 'other');
  /** Gives the blob a name between a look at it and what is done then. */
  class Racing extends Unlinker {
    override async look(of: string): Promise<FileName | undefined> {
      const found = await super.look(of);
      if (of === path) await link(path, other);
      return found;
    }
  }
  const unlinker = new Racing({ dryRun: false });
  assert.equal(await new Pool(store.pool, unlinker).release(digest), undefined);
  assert.equal((await new Unlinker({ dryRun: false }).look(path))?.links, 2);
  assert.equal(unlinker.freedBytes, 0);
});
