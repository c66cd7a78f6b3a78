import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { assertPulled, untilKept } from '../support/pull/assert-pulled.ts';
import { descriptorOf, layerOf, piece, tinyImage } from '../support/tiny-image.ts';
import { blobReply, challenge, FakeUpstream, manifestReply } from '../support/upstream/fake-upstream.ts';
import { OCI_LAYER } from '../../api/oci/media-types.ts';

// What `ns`, X-Registry, realm, Link and redirect lead to is held by the tests beside their code. Here: everything else in a request, and
// in what an upstream sends, that names a place.

describe('SSRF: no address that somebody else writes is called', () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let upstream: FakeUpstream;
  /** Something that only we can reach. */
  let inside: FakeUpstream;
  let cache: Cache;
  before(async () => {
    [upstream, inside] = [await FakeUpstream.start(), await FakeUpstream.start()];
    const upstreams = { 'up.example': { endpoints: [{ url: upstream.origin }] } };
    cache = stack.use(await startCache({ config: { upstreams, defaultUpstream: 'up.example' } }));
  });

  const untouched = async (): Promise<void> =>
    assert.deepEqual([inside.lines, await inside.connections()], [[], 0], 'nobody has called');

  test('that stands in a header, in the target of the request or in its query', async () => {
    const headers = [
      { host: inside.host },
      { 'x-forwarded-host': inside.host, 'x-forwarded-proto': 'http' },
      { forwarded: `host="${inside.host}";proto=http` },
      { 'x-original-url': `${inside.origin}/v2/`, 'x-rewrite-url': `${inside.origin}/v2/` },
      { referer: inside.origin, origin: inside.origin },
      { via: `1.1 ${inside.host}`, 'proxy-connection': 'keep-alive' },
    ];
    for (const extra of headers) {
      const { status } = await cache.ask('/v2/team/app/manifests/v1', { headers: extra });
      assert.equal(status, 404, JSON.stringify(extra));
    }
    const { digest } = tinyImage().config;
    for (const path of [
      `${inside.origin}/v2/team/app/manifests/v1`,
      `/v2/team/app/blobs/${digest}?url=${inside.origin}&from=${inside.host}&mirror=${inside.host}`,
      `/v2/team/app/referrers/${digest}?artifactType=${encodeURIComponent(inside.origin)}`,
      `/v2/${inside.host.replace(':', '%3A')}/app/manifests/v1`,
      `/v2/${encodeURIComponent(inside.origin)}/manifests/v1`,
      `/v2/up.example@${inside.host}/app/manifests/v1`,
    ]) {
      await cache.ask(path);
    }
    assert.ok(upstream.lines.length > 0, 'the upstream that is configured is asked');
    await untouched();
  });

  test('that a manifest names: urls of layers, annotations, subjects', async () => {
    const foreign = piece(layerOf('foreign'), `${OCI_LAYER}+gzip`);
    const image = tinyImage({
      more: {
        annotations: { 'org.opencontainers.image.source': inside.origin },
        subject: { ...descriptorOf(foreign), urls: [`${inside.origin}/subject`] },
      },
    });
    const [layer] = image.layers;
    const foreignImage = tinyImage({
      seed: 'foreign',
      more: { layers: [{ ...descriptorOf(layer!), urls: [`${inside.origin}/layer`] }] },
    });
    for (const { manifest, config, tag } of [
      { ...image, tag: 'v1' },
      { ...foreignImage, tag: 'foreign' },
    ]) {
      upstream.on(`GET /v2/team/named/manifests/${tag}`, manifestReply(manifest));
      upstream.on(`GET /v2/team/named/blobs/${config.digest}`, blobReply(config.bytes));
    }
    upstream.on(`GET /v2/team/named/blobs/${layer!.digest}`, blobReply(layer!.bytes));
    await assertPulled(cache, { name: 'up.example/team/named' }, image);
    await assertPulled(cache, { name: 'up.example/team/named', tag: 'foreign' }, { ...foreignImage, layers: [layer!] });
    await untilKept(cache, image);
    // Nor is it called when the upstream does not have the layer itself.
    const absent = tinyImage({ seed: 'absent' });
    const without = tinyImage({
      seed: 'without',
      more: { layers: [{ ...descriptorOf(absent.layers[0]!), urls: [`${inside.origin}/absent`] }] },
    });
    upstream.on('GET /v2/team/named/manifests/without', manifestReply(without.manifest));
    assert.equal((await cache.ask('/v2/up.example/team/named/manifests/without')).status, 200);
    assert.equal((await cache.ask(`/v2/up.example/team/named/blobs/${absent.layers[0]!.digest}`)).status, 404);
    await untouched();
  });

  test('that an upstream puts into headers that are not for us', async () => {
    const image = tinyImage({ seed: 'headers' });
    const headers = {
      'content-location': `${inside.origin}/x`,
      location: `${inside.origin}/x`,
      refresh: `0; url=${inside.origin}/x`,
      'alt-svc': `http/1.1="${inside.host}"`,
      link: `<${inside.origin}/x>; rel="preload", <${inside.origin}/y>; rel="subject"`,
    };
    upstream.on('GET /v2/team/headers/manifests/v1', manifestReply(image.manifest, headers));
    const answer = await cache.ask('/v2/up.example/team/headers/manifests/v1');
    assert.equal(answer.status, 200);
    for (const name of Object.keys(headers)) assert.equal(answer.headers.get(name), null, name);
    upstream.on('GET /v2/team/basic/manifests/v1', challenge(`Basic realm="${inside.origin}/x"`));
    assert.equal((await cache.ask('/v2/up.example/team/basic/manifests/v1')).status, 403);
    await untouched();
  });
});
