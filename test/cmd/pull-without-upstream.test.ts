import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { blobReply, FakeUpstream, manifestReply } from '../support/upstream/fake-upstream.ts';

const HOST = 'nowhere.invalid';
const image = tinyImage();
const name = 'team/app';

describe('an upstream that is not there when the program starts', () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let images: string;
  let dead: string;

  before(async () => {
    const upstream = await FakeUpstream.start();
    upstream.on(`GET /v2/${name}/manifests/v1`, manifestReply(image.manifest));
    for (const { digest, bytes } of [image.config, ...image.layers]) {
      upstream.on(`GET /v2/${name}/blobs/${digest}`, blobReply(bytes));
    }
    await using filling = await startCache({ flags: ['--upstream', `${HOST}=${upstream.origin}`] });
    await assertPulled(filling, { name, ns: HOST }, image);
    await untilKept(filling, image);
    ({ images } = filling);
    dead = upstream.origin;
    await upstream[Symbol.asyncDispose]();
  });

  for (const [what, url, reason] of [
    ['whose name nobody knows', () => `https://${HOST}`, /no such host|name server/],
    ['where nobody listens', () => dead, /connection refused$/],
  ] as const) {
    describe(what, () => {
      let cache: Cache;
      before(async () => {
        const endpoints = [{ url: url() }];
        const config = { upstreams: { [HOST]: { endpoints, tags: [{ match: '*', ttl: '0s' }] } } };
        // Where the network has no name server at all, looking up a name fails within seconds.
        cache = stack.use(await startCache({ config, images, env: { RES_OPTIONS: 'timeout:1 attempts:1' } }));
      });

      test('E9 it starts, and what is not kept is 502 quickly', async () => {
        const answer = await cache.ask(`/v2/${name}/manifests/v2?ns=${HOST}`);
        assertRefused(answer, { status: 502, code: 'UNKNOWN', message: reason });
        assert.ok(answer.ms < 5_000, `${answer.ms} ms`);
      });

      test('UP11 what is kept is served, and says that it is stale', async () => {
        await assertPulled(cache, { name, ns: HOST }, image, /^ociregistry; hit/);
        const { headers } = await cache.ask(`/v2/${name}/manifests/v1?ns=${HOST}`);
        assert.match(headers.get('warning') ?? '', new RegExp(`${HOST} is out of `));
      });
    });
  }
});
