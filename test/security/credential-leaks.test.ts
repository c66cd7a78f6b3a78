import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { layerOf, tinyImage } from '../support/tiny-image.ts';
import { blobReply, FakeUpstream, manifestReply, redirect } from '../support/upstream/fake-upstream.ts';

const SECRET = 's3cret-of-the-client';

describe('credential leaks: what a client sends us goes no further, and what an upstream sends us neither', () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  const image = tinyImage({ layers: [layerOf('leaks', 10_000)] });
  const layer = image.layers[0]!;
  let upstream: FakeUpstream;
  let store: FakeUpstream;
  let cache: Cache;
  before(async () => {
    [upstream, store] = [await FakeUpstream.start(), await FakeUpstream.start()];
    const upstreams = { 'up.example': { endpoints: [{ url: upstream.origin }] } };
    cache = stack.use(await startCache({ config: { upstreams } }));
    const theirs = {
      'set-cookie': 'session=s3cret-of-the-upstream',
      'x-amz-security-token': 's3cret-of-the-upstream',
      'www-authenticate': 'Basic realm="s3cret-of-the-upstream"',
      'authentication-info': 's3cret-of-the-upstream',
      server: 's3cret-of-the-upstream',
    };
    upstream.on('GET /v2/app/manifests/v1', manifestReply(image.manifest, theirs));
    upstream.on(`GET /v2/app/blobs/${layer.digest}`, redirect(`${store.origin}/b?X-Sig=s3cret-of-the-upstream`));
    store.on('GET /b', blobReply(layer.bytes, theirs));
  });

  test('no header of the client reaches the upstream or its storage, no header of theirs the client', async () => {
    const headers = {
      authorization: `Bearer ${SECRET}`,
      'proxy-authorization': `Basic ${SECRET}`,
      cookie: `session=${SECRET}`,
      'x-api-key': SECRET,
      'x-registry-auth': SECRET,
      'x-amz-security-token': SECRET,
      'x-forwarded-for': '203.0.113.77',
      'user-agent': SECRET,
    };
    const paths = [
      '/v2/up.example/app/manifests/v1',
      `/v2/up.example/app/blobs/${layer.digest}`,
      `/v2/up.example/app/blobs/${image.config.digest}`,
      `/v2/up.example/app/tags/list?n=1&token=${SECRET}`,
      `/v2/up.example/app/referrers/${image.manifest.digest}?token=${SECRET}`,
    ];
    for (const path of paths) {
      const answer = await cache.ask(path, { headers });
      assert.doesNotMatch(inspect([[...answer.headers]]) + answer.body.toString('latin1'), /s3cret/, path);
    }
    assert.ok(store.asked.length > 0, 'the storage was asked');
    for (const asked of [...upstream.asked, ...store.asked]) {
      const { path, headers: sent, body } = asked;
      assert.doesNotMatch(inspect([path, sent, body], { depth: 5 }), /s3cret-of-the-client|203\.0\.113\.77/);
    }
  });
});
