import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { missing } from '../support/clients/requires.ts';
import { preloading } from '../support/preloaded.ts';
import { outgoingSockets } from '../support/processes/sockets.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { writeOciLayout } from '../support/write-images.ts';

const [image, other] = [tinyImage({ seed: 'kept' }), tinyImage({ seed: 'not pulled' })];
const HOST = 'quay.io';
const name = 'team/app';

/** What would reach another machine: `connect 127.0.0.1:443`. */
const connectsIn = async (log: string): Promise<string[]> =>
  (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

describe('--air-gapped', { skip: missing('gcc') }, () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  const logs = { with: join(tempFolder(), 'connects'), without: join(tempFolder(), 'connects') };
  let upstream: Cache;
  let cache: Cache;

  before(async () => {
    const root = join(tempFolder(), 'upstream');
    await writeOciLayout(join(root, 'team/app'), [
      { image, tag: 'v1' },
      { image: other, tag: 'v2' },
    ]);
    upstream = stack.use(await startCache({ images: root }));
    const watched = (log: string): Record<string, string> => ({
      ...preloading('logged-connects'),
      CONNECTS_LOG: log,
      HTTPS_PROXY: upstream.url,
    });
    // Tags are looked up again each time.
    const endpoints = [{ url: upstream.url }];
    const config = {
      upstreams: { [HOST]: { endpoints, tags: [{ match: '*', ttl: '0s' }] }, 'docker.io': {} },
      defaultUpstream: 'docker.io',
    };
    await using filling = await startCache({ config, env: watched(logs.without) });
    await assertPulled(filling, { name, ns: HOST }, image);
    await untilKept(filling, image);
    const { images } = filling;
    filling.child.kill('SIGTERM');
    await filling.ended;
    cache = stack.use(await startCache({ config, flags: ['--air-gapped'], env: watched(logs.with), images }));
  });

  test('what is kept is served, what is not is 404 at once', async () => {
    await assertPulled(cache, { name, ns: HOST }, image, /^ociregistry; hit$/);
    await assertPulled(cache, { name: `${HOST}/${name}` }, image, /^ociregistry; hit$/);
    for (const [path, code] of [
      [`/v2/${name}/manifests/v2?ns=${HOST}`, 'MANIFEST_UNKNOWN'],
      [`/v2/${HOST}/${name}/manifests/${other.manifest.digest}`, 'MANIFEST_UNKNOWN'],
      [`/v2/${name}/blobs/${other.config.digest}?ns=${HOST}`, 'BLOB_UNKNOWN'],
      [`/v2/none/manifests/v1?ns=${HOST}`, 'NAME_UNKNOWN'],
      ['/v2/alpine/manifests/latest', 'NAME_UNKNOWN'],
      ['/v2/alpine/tags/list', 'NAME_UNKNOWN'],
      [`/v2/${name}/manifests/v1?ns=ghcr.io`, 'NAME_UNKNOWN'],
    ] as const) {
      const answer = await cache.ask(path);
      assertRefused(answer, { status: 404, code });
      assert.ok(answer.ms < 1_000, `${path}: ${answer.ms} ms`);
    }
  });

  test('lists are what is here', async () => {
    const tags = await cache.ask(`/v2/${name}/tags/list?ns=${HOST}`);
    assert.deepEqual(JSON.parse(tags.body.toString()), { name, tags: ['v1'] });
    const referrers = await cache.ask(`/v2/${name}/referrers/${image.manifest.digest}?ns=${HOST}`);
    assert.deepEqual((JSON.parse(referrers.body.toString()) as { manifests: unknown[] }).manifests, []);
  });

  test('no socket is opened, whatever is asked', async () => {
    const paths = ['manifests/v1', 'manifests/v2', `blobs/${other.config.digest}`, 'tags/list'].flatMap((path) => [
      `/v2/${name}/${path}?ns=${HOST}`,
      `/v2/${HOST}/${name}/${path}`,
      `/v2/alpine/${path}`,
      `/v2/evil.example/${name}/${path}`,
      `/v2/${name}/${path}?ns=evil.example`,
    ]);
    const referrers = `/v2/${name}/referrers/${image.manifest.digest}?ns=${HOST}`;
    const port = Number(new URL(cache.url).port);
    const over = new AbortController();
    const ask = async (path: string): Promise<void> => {
      for (let i = 0; i < 5; i++) await cache.ask(path);
    };
    const asking = Promise.all([...paths, referrers].map(ask)).finally(() => over.abort());
    let samples = 0;
    for (; !over.signal.aborted; samples++) {
      assert.deepEqual(outgoingSockets(cache.child.pid!, port), []);
      await nextTurn();
    }
    await asking;
    assert.ok(samples > 10, `${samples} samples`);
    assert.deepEqual(await connectsIn(logs.with), []);
  });

  test('the same program without it connects, and is seen to', async () => {
    const { host } = upstream;
    assert.ok((await connectsIn(logs.without)).includes(`connect ${host}`));
  });
});
