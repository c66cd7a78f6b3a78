import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import type { Served } from '../../support/http-client.ts';
import {
  createImages,
  dockerImage,
  index,
  serve,
  spaced,
  UNKNOWN_TYPE,
  type Images,
} from '../../support/http-images.ts';

describe('manifests', () => {
  let served: Served;
  let images: Images;
  before(async () => {
    images = createImages();
    served = await serve(images.registry);
  });

  test('M1 M2 M5 the exact bytes, their digest and type', async () => {
    const { status, headers, body } = await served.ask('GET', '/v2/team/app/manifests/spaced');
    assert.equal(status, 200);
    assert.deepEqual(body, spaced);
    assert.equal(headers.get('docker-content-digest'), digestOf(spaced));
    assert.equal(headers.get('content-type'), OCI_INDEX);
    assert.equal(headers.get('etag'), `"${digestOf(spaced)}"`);
  });

  const types: [reference: string, type: string][] = [
    ['latest', OCI_INDEX],
    ['docker', DOCKER_MANIFEST],
    [dockerImage.manifest.digest, DOCKER_MANIFEST],
    [index.children[0]!.manifest.digest, OCI_MANIFEST],
  ];
  for (const [reference, type] of types) {
    test(`M6 M13 ${reference.slice(0, 20)} is ${type}, on GET and HEAD, without parameters`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await served.ask(method, `/v2/team/app/manifests/${reference}`);
        assert.equal(status, 200);
        assert.equal(headers.get('content-type'), type);
      }
    });
  }

  test('K3 a type that nobody knows is served as it is', async () => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: UNKNOWN_TYPE, config: {}, layers: [] }));
    const descriptor = { mediaType: UNKNOWN_TYPE, digest: digestOf(bytes), size: bytes.length };
    const registry = Object.create(images.registry) as Images['registry'];
    registry.getManifest = () => Promise.resolve({ descriptor, bytes });
    const { headers } = await (await serve(registry)).ask('GET', '/v2/team/app/manifests/x');
    assert.equal(headers.get('content-type'), UNKNOWN_TYPE);
  });

  for (const Accept of [undefined, '*/*', 'application/json', 'text/html;q=0.1', DOCKER_MANIFEST, [OCI_INDEX, '*/*']]) {
    test(`T2 the same bytes for Accept: ${String(Accept)}`, async () => {
      const { status, headers } = await served.ask('GET', '/v2/team/app/manifests/latest', Accept ? { Accept } : {});
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), OCI_INDEX);
    });
  }

  test('M14 a Range is ignored', async () => {
    const { status, headers } = await served.ask('GET', '/v2/team/app/manifests/latest', { Range: 'bytes=0-1' });
    assert.equal(status, 200);
    assert.equal(headers.get('accept-ranges'), null);
  });

  test('H3 by digest it stays for ever, by tag it must be asked for again', async () => {
    const byTag = await served.ask('GET', '/v2/team/app/manifests/latest');
    const byDigest = await served.ask('HEAD', `/v2/team/app/manifests/${index.manifest.digest}`);
    assert.equal(byTag.headers.get('cache-control'), 'no-cache');
    assert.equal(byDigest.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(byTag.headers.get('cache-status'), 'ociregistry; hit');
    assert.equal(byTag.headers.get('last-modified'), null, 'H4');
  });

  const digest = index.manifest.digest;
  const other = digestOf(Buffer.from('other'));
  const conditions: [value: string, status: number][] = [
    [`"${digest}"`, 304],
    [digest, 304],
    [`W/"${digest}"`, 304],
    [`"${other}", W/"${digest}"`, 304],
    ['*', 304],
    [`"${other}"`, 200],
    ['', 200],
  ];
  for (const [value, status] of conditions) {
    test(`H2 If-None-Match: ${value.slice(0, 20)}… is ${status}`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const answer = await served.ask(method, '/v2/team/app/manifests/latest', { 'If-None-Match': value });
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('etag'), `"${digest}"`);
        assert.equal(answer.headers.get('docker-content-digest'), digest);
        assert.equal(answer.headers.get('cache-control'), 'no-cache');
      }
    });
  }

  test('H2 what is not there is 404, whatever the client has', async () => {
    assert.equal((await served.ask('GET', '/v2/team/app/manifests/no', { 'If-None-Match': '*' })).status, 404);
    const unknown = `/v2/team/app/blobs/${other}`;
    assert.equal((await served.ask('GET', unknown, { 'If-None-Match': `"${other}"` })).status, 404);
  });
});
