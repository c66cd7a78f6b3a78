import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { listImages, type Listing } from '../../../api/folder/listing.ts';
import { parseHost } from '../../../api/oci/repository.ts';
import { silentProgress } from '../../../api/progress.ts';
import type { UpstreamRepository } from '../../../api/pull/routes.ts';
import { Store } from '../../../api/store/store.ts';
import type { BadFile } from '../../../api/verify/bad-files.ts';
import { verify } from '../../../api/verify/verify.ts';
import { pullThrough } from '../../support/pull/pull-through.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { openFolder } from '../../support/open-folder.ts';
import { ref, repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { descriptorOf, tinyImage } from '../../support/tiny-image.ts';
import { FakeUpstream, manifestReply } from '../../support/upstream/fake-upstream.ts';
import { writeSkopeoDir } from '../../support/write-images.ts';

const app: UpstreamRepository = { host: parseHost('up.example'), name: repo('team/app').name };
const v1 = ref('v1');

async function list(root: string): Promise<Listing> {
  const known = await KnownDigests.open(undefined, keepingLog().log);
  return listImages({ root, known });
}

/** What verifying has to complain of. */
async function badIn(root: string): Promise<readonly BadFile[]> {
  const known = await KnownDigests.open(undefined, keepingLog().log);
  using store = new Store(root);
  const report = await verify(store, [{ root, known }], { quarantine: false, progress: silentProgress });
  assert.ok(report.files > 0);
  return report.bad;
}

async function listed(root: string): Promise<{ digest: string; path: string }[]> {
  const { images } = await list(root);
  return images.map(({ digest, path }) => ({ digest, path }));
}

describe('what was fetched, beside what people put there', () => {
  test('another process serves it once it is whole, and what a person puts under its name wins, in the list too', async () => {
    const [theirs, ours] = [tinyImage({ seed: 'theirs' }), tinyImage({ seed: 'ours' })];
    const upstream = await FakeUpstream.start();
    upstream.on('GET /v2/team/app/manifests/v1', manifestReply(theirs.manifest));
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    const { registry } = await openFolder(cache.root);
    await assert.rejects(registry.getManifest(app, v1), { code: 'MANIFEST_UNKNOWN' });
    assert.match((await list(cache.root)).problems[0]?.reason ?? '', /^pulled in part: blob sha256:\w+ is missing$/);
    assert.deepEqual(await badIn(cache.root), []);

    await storeImage(cache.store, 'up.example/other/app', theirs, 'v1');
    await using work = await cache.store.begin();
    const pieces = [theirs.config, ...theirs.layers].map(descriptorOf);
    for (const piece of pieces) await work.hold(piece);
    await cache.store.name(app, work, { blobs: pieces.map(({ digest }) => digest), entries: [] });
    assert.equal((await registry.getManifest(app, v1)).descriptor.digest, theirs.manifest.digest);

    const folder = join(cache.root, 'up.example/team/app/v1');
    await writeSkopeoDir(folder, ours);
    assert.equal((await registry.getManifest(app, v1)).descriptor.digest, ours.manifest.digest);
    assert.deepEqual((await listed(cache.root)).at(-1), {
      digest: ours.manifest.digest,
      path: 'up.example/team/app/v1',
    });
    await rm(folder, { recursive: true });
    assert.deepEqual((await listed(cache.root)).at(-1), {
      digest: theirs.manifest.digest,
      path: 'up.example/team/app',
    });
  });

  test('what is loaded over it is loaded, and looked up no more', async () => {
    const image = tinyImage();
    const upstream = await FakeUpstream.start();
    upstream.on('GET /v2/team/app/manifests/v1', manifestReply(image.manifest));
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin }, tags: [{ match: '*', ttlMs: 0 }] });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    using store = new Store(cache.root);
    assert.equal(await store.hasImage(app, ref('v1') as never, image.manifest.digest, []), false);
    await storeImage(store, 'up.example/team/app', image, 'v1');
    assert.equal(await store.hasImage(app, ref('v1') as never, image.manifest.digest, []), true);
    cache.advance(1_000);
    assert.equal((await cache.registry.getManifest(app, v1)).descriptor.digest, image.manifest.digest);
    assert.deepEqual(upstream.lines, ['GET /v2/team/app/manifests/v1']);
  });
});
