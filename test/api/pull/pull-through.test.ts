import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RegistryError, UpstreamError } from '../../../api/oci/errors.ts';
import {
  FakeUpstream,
  blobReply,
  cutAfter,
  manifestHead,
  manifestReply,
  silence,
} from '../../support/upstream/fake-upstream.ts';
import { pullThrough } from '../../support/pull/pull-through.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { layerOf, tinyImage, tinyIndex, type TinyImage } from '../../support/tiny-image.ts';
import { writeSkopeoDir } from '../../support/write-images.ts';

const app = repo('team/app', 'up.example');
const v1 = ref('v1');

/** An upstream that has an image under a tag, and by digest. */
async function upstreamWith(image: TinyImage, name = 'team/app', tag = 'v1'): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start();
  return serve(upstream, image, name, tag);
}

function serve(upstream: FakeUpstream, image: TinyImage, name = 'team/app', tag = 'v1'): FakeUpstream {
  for (const reference of [tag, image.manifest.digest]) {
    upstream.on(`GET /v2/${name}/manifests/${reference}`, manifestReply(image.manifest));
    upstream.on(`HEAD /v2/${name}/manifests/${reference}`, manifestHead(image.manifest));
  }
  for (const { digest, bytes } of [image.config, ...image.layers]) {
    upstream.on(`GET /v2/${name}/blobs/${digest}`, blobReply(bytes));
    upstream.on(`HEAD /v2/${name}/blobs/${digest}`, { headers: { 'content-length': bytes.length } });
  }
  return upstream;
}

describe('the pull-through', () => {
  test('a miss is fetched once, and comes from here from then on', async () => {
    const image = tinyImage();
    const upstream = await upstreamWith(image);
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const { registry } = cache;
    const first = await registry.getManifest(app, v1);
    assert.deepEqual(first.bytes, image.manifest.bytes);
    assert.equal(first.cache?.result, 'miss');
    const blob = await registry.openBlob(app, image.layers[0]!.digest);
    assert.equal(blob.cache?.result, 'miss');
    assert.deepEqual(await readBody(blob.body), image.layers[0]!.bytes);
    await cache.idle();
    await cache.blobs.idle();
    const asked = [...upstream.lines];
    assert.deepEqual(asked, ['GET /v2/team/app/manifests/v1', `GET /v2/team/app/blobs/${image.layers[0]!.digest}`]);
    assert.equal((await registry.getManifest(app, v1)).cache?.result, 'hit');
    assert.equal((await registry.getManifest(app, image.manifest.digest)).cache?.result, 'hit');
    assert.deepEqual(
      await readBody((await registry.openBlob(app, image.layers[0]!.digest)).body),
      image.layers[0]!.bytes,
    );
    assert.deepEqual(upstream.lines, asked);
  });

  test('twenty askers at once cost one request for each thing', async () => {
    const image = tinyImage({ layers: [layerOf('large', 3_000_000)] });
    const upstream = await upstreamWith(image);
    const { registry } = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const layer = image.layers[0]!;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        assert.deepEqual((await registry.getManifest(app, v1)).bytes, image.manifest.bytes);
        assert.deepEqual(await readBody((await registry.openBlob(app, layer.digest)).body), layer.bytes);
      }),
    );
    assert.deepEqual(upstream.lines, ['GET /v2/team/app/manifests/v1', `GET /v2/team/app/blobs/${layer.digest}`]);
  });

  test('when the upstream is gone all that was pulled still is', async () => {
    const image = tinyImage();
    const upstream = await upstreamWith(image);
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const { registry } = cache;
    await registry.getManifest(app, v1);
    for (const { digest } of [image.config, ...image.layers])
      await readBody((await registry.openBlob(app, digest)).body);
    await Promise.all([cache.idle(), cache.blobs.idle()]);
    const { origin } = upstream;
    await upstream[Symbol.asyncDispose]();
    cache.advance(11 * 60 * 1000);
    const stale = await registry.getManifest(app, v1);
    assert.equal(stale.cache?.result, 'stale');
    // One try is enough where there is something to answer with.
    assert.equal(cache.lines.filter((line) => line.includes('failed 3 times')).length, 0);
    assert.ok(stale.cache.ageSeconds! >= 660);
    assert.match(stale.cache.reason!, /up\.example/);
    for (const { digest, bytes } of [image.config, ...image.layers]) {
      assert.deepEqual(await readBody((await registry.openBlob(app, digest)).body), bytes);
    }
    // Another process on the same folder.
    const next = await pullThrough({ root: cache.root, upstreams: { 'up.example': origin } });
    assert.deepEqual((await next.registry.getManifest(app, v1)).bytes, image.manifest.bytes);
  });

  test('N9 what is stale and not whole is not answered when the upstream is gone', async () => {
    const image = tinyImage();
    const upstream = await upstreamWith(image);
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    await upstream[Symbol.asyncDispose]();
    cache.advance(11 * 60 * 1000);
    await assert.rejects(cache.registry.getManifest(app, v1), UpstreamError);
  });

  test('UP10 a tag whose time is up is looked up by HEAD, and fetched only when it moved', async () => {
    const [one, two] = [tinyImage({ seed: 'one' }), tinyImage({ seed: 'two' })];
    const upstream = await upstreamWith(one);
    const cache = await pullThrough({
      upstreams: { 'up.example': upstream.origin },
      tags: [{ match: 'v*', ttlMs: 60_000 }],
    });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    cache.advance(59_000);
    assert.deepEqual((await cache.registry.getManifest(app, v1)).cache, { result: 'hit' });
    cache.advance(2_000);
    assert.deepEqual((await cache.registry.getManifest(app, v1)).cache, { result: 'hit', revalidated: true });
    serve(upstream, two);
    cache.advance(61_000);
    const moved = await cache.registry.getManifest(app, v1);
    assert.deepEqual([moved.descriptor.digest, moved.cache?.result], [two.manifest.digest, 'miss']);
    assert.deepEqual(upstream.lines, [
      'GET /v2/team/app/manifests/v1',
      'HEAD /v2/team/app/manifests/v1',
      'HEAD /v2/team/app/manifests/v1',
      `GET /v2/team/app/manifests/${two.manifest.digest}`,
    ]);
    await cache.idle();
    assert.equal((await cache.registry.getManifest(app, v1)).descriptor.digest, two.manifest.digest);
    assert.deepEqual((await cache.registry.getManifest(app, one.manifest.digest)).bytes, one.manifest.bytes);
  });

  test('UP11 UP23 a tag that the upstream has no more is gone here, too, and that is remembered for ten seconds', async () => {
    const upstream = await upstreamWith(tinyImage());
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin }, tags: [{ match: '*', ttlMs: 0 }] });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    upstream.on('HEAD /v2/team/app/manifests/v1', { status: 404 }).on('GET /v2/team/app/manifests/v1', { status: 404 });
    cache.advance(1);
    const unknown = (err: unknown): boolean => err instanceof RegistryError && err.code === 'MANIFEST_UNKNOWN';
    await assert.rejects(cache.registry.getManifest(app, v1), unknown);
    await assert.rejects(cache.registry.getManifest(app, v1), unknown);
    const asked = upstream.lines.length;
    cache.advance(9_000);
    await assert.rejects(cache.registry.getManifest(app, v1), unknown);
    assert.equal(upstream.lines.length, asked);
    cache.advance(2_000);
    await assert.rejects(cache.registry.getManifest(app, v1), unknown);
    assert.equal(upstream.lines.length, asked + 1);
  });

  test('UP19 a blob that is cut off is resumed within the same answer', async () => {
    const image = tinyImage({ layers: [Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256))] });
    const upstream = await upstreamWith(image);
    const layer = image.layers[0]!;
    upstream.on(`GET /v2/team/app/blobs/${layer.digest}`, cutAfter(100_000, layer.bytes), blobReply(layer.bytes));
    const { registry } = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    assert.deepEqual(await readBody((await registry.openBlob(app, layer.digest)).body), layer.bytes);
  });

  test('UP17 wrong bytes of the right length are never whole for anybody, and not kept', async () => {
    const image = tinyImage({ layers: [layerOf('good', 500_000)] });
    const upstream = await upstreamWith(image);
    const layer = image.layers[0]!;
    const wrong = Buffer.from(layer.bytes);
    wrong[0]! ^= 1;
    upstream.on(`GET /v2/team/app/blobs/${layer.digest}`, blobReply(wrong), blobReply(layer.bytes));
    const { registry, blobs } = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const readers = await Promise.all([1, 2, 3].map(() => registry.openBlob(app, layer.digest)));
    for (const { body } of readers) await assert.rejects(readBody(body), UpstreamError);
    await blobs.idle();
    assert.deepEqual(await readBody((await registry.openBlob(app, layer.digest)).body), layer.bytes);
  });

  test('a range of a blob that is not here is answered as soon as it is in', async () => {
    const image = tinyImage({ layers: [Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256))] });
    const upstream = await upstreamWith(image);
    const layer = image.layers[0]!;
    upstream.on(`GET /v2/team/app/blobs/${layer.digest}`, (_, response) => {
      response.writeHead(200, { 'content-length': layer.bytes.length });
      response.write(layer.bytes.subarray(0, 150_000));
    });
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const part = await cache.registry.openBlob(app, layer.digest, { first: 100_000, last: 149_999 });
    assert.deepEqual(part.span, { start: 100_000, end: 149_999 });
    assert.deepEqual(await readBody(part.body), layer.bytes.subarray(100_000, 150_000));
    await cache[Symbol.asyncDispose]();
  });

  test('L9 a blob of one repository is another’s only when a manifest there names it, or the upstream says so', async () => {
    const image = tinyImage();
    const upstream = await upstreamWith(image);
    serve(upstream, image, 'team/other');
    const layer = image.layers[0]!;
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const { registry } = cache;
    await readBody((await registry.openBlob(app, layer.digest)).body);
    await cache.blobs.idle();
    await assert.rejects(registry.openBlob(repo('team/stranger', 'up.example'), layer.digest), {
      code: 'BLOB_UNKNOWN',
    });
    const other = repo('team/other', 'up.example');
    await registry.getManifest(other, v1);
    assert.deepEqual(await readBody((await registry.openBlob(other, layer.digest)).body), layer.bytes);
    assert.deepEqual(upstream.lines, [
      `GET /v2/team/app/blobs/${layer.digest}`,
      `HEAD /v2/team/stranger/blobs/${layer.digest}`,
      'GET /v2/team/other/manifests/v1',
    ]);
  });

  test('what a person has put under a name wins', async () => {
    const [theirs, ours] = [tinyImage({ seed: 'theirs' }), tinyImage({ seed: 'ours' })];
    const upstream = await upstreamWith(theirs);
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    await cache.registry.getManifest(app, v1);
    await cache.idle();
    const folder = join(cache.root, 'up.example/team/app/v1');
    await writeSkopeoDir(folder, ours);
    assert.equal((await cache.registry.getManifest(app, v1)).descriptor.digest, ours.manifest.digest);
    await rm(folder, { recursive: true });
    assert.equal((await cache.registry.getManifest(app, v1)).descriptor.digest, theirs.manifest.digest);
  });

  test('children of an index are fetched when they are asked for, and kept', async () => {
    const index = tinyIndex([tinyImage({ architecture: 'amd64' }), tinyImage({ architecture: 'arm64' })]);
    const child = index.children[0]!;
    const upstream = await upstreamWith(child);
    upstream.on('GET /v2/team/app/manifests/multi', manifestReply(index.manifest));
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    await cache.registry.getManifest(app, ref('multi'));
    await cache.registry.getManifest(app, child.manifest.digest);
    await cache.idle();
    const { origin } = upstream;
    await upstream[Symbol.asyncDispose]();
    const next = await pullThrough({ root: cache.root, upstreams: { 'up.example': origin } });
    assert.deepEqual((await next.registry.getManifest(app, child.manifest.digest)).bytes, child.manifest.bytes);
  });

  test('a tag that is slow to look up is answered as it was within its small budget, by the others at once', async () => {
    const image = tinyImage();
    const upstream = await upstreamWith(image);
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    await cache.registry.getManifest(app, v1);
    for (const { digest } of [image.config, ...image.layers]) {
      await readBody((await cache.registry.openBlob(app, digest)).body);
    }
    await Promise.all([cache.idle(), cache.blobs.idle()]);
    upstream.on('HEAD /v2/team/app/manifests/v1', silence);
    cache.advance(11 * 60 * 1000);
    const slow = cache.registry.getManifest(app, v1);
    assert.deepEqual((await cache.registry.getManifest(app, v1)).cache, { result: 'hit' });
    assert.equal((await slow).cache?.result, 'stale');
    await cache[Symbol.asyncDispose]();
  });
});
