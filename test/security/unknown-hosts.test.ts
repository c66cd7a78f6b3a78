import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCache } from '../support/pull/cache.ts';
import { assertRefused } from '../support/pull/assert-pulled.ts';
import { tinyImage } from '../support/tiny-image.ts';

test('hosts that nobody knows are 404 in every read, while metrics count, and the program goes on', async () => {
  const upstreams = { 'up.example': { endpoints: [{ url: 'http://127.0.0.1:1' }] } };
  await using cache = await startCache({ config: { upstreams }, flags: ['--admin', '0'] });
  const { config, manifest } = tinyImage();
  const reads = ['manifests/v1', `manifests/${manifest.digest}`, `blobs/${config.digest}`, 'tags/list'];
  reads.push(`referrers/${manifest.digest}`);
  for (const read of reads) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await cache.ask(`/v2/app/${read}?ns=evil.example`, { method });
      assert.equal(answer.status, 404, `${method} ${read}`);
      if (method === 'GET') assertRefused(answer, { status: 404, code: 'NAME_UNKNOWN' });
      assert.equal(
        (await cache.ask(`/v2/app/${read}`, { method, headers: { 'x-registry': 'evil.example' } })).status,
        404,
      );
    }
  }
  assert.equal((await cache.ask('/v2/')).status, 200);
});
