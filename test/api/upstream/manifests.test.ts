import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, test } from 'node:test';
import { digestOf, type Digest } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, DOCKER_SCHEMA1, OCI_INDEX, OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import type { Manifest } from '../../../api/registry.ts';
import {
  cutAfter,
  envelope,
  FakeUpstream,
  manifestHead,
  manifestReply,
  type Reply,
} from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const image = tinyImage();
const { manifest } = image;
const untyped = tinyImage({ more: { mediaType: undefined } }).manifest;
const sha512 = tinyImage({ algorithm: 'sha512' }).manifest;

async function upstreamWith(reply: Reply, reference = 'v1'): Promise<{ up: FakeUpstream; under: UnderTest }> {
  const up = await FakeUpstream.start();
  up.on(`GET /v2/a/manifests/${reference}`, reply);
  return { up, under: registryOver(up) };
}

const get = ({ registry }: UnderTest, reference = 'v1'): Promise<Manifest> =>
  registry.getManifest(repo('a'), ref(reference));
const unknown =
  (code: string, message: RegExp) =>
  (err: unknown): boolean =>
    err instanceof RegistryError && err.code === code && message.test(err.message);

describe('a manifest', () => {
  test('UP9 is asked for by all types in one line, not encoded, by a named client', async () => {
    const { up, under } = await upstreamWith(manifestReply(manifest));
    assert.deepEqual(await get(under), {
      descriptor: { mediaType: OCI_MANIFEST, digest: manifest.digest, size: manifest.bytes.length },
      bytes: manifest.bytes,
    });
    const { accept, 'accept-encoding': encoding, 'user-agent': agent } = up.asked[0]!.headers;
    const artifact = 'application/vnd.oci.artifact.manifest.v1+json';
    assert.equal(accept, [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX, artifact].join(', '));
    assert.equal(encoding, 'identity');
    assert.equal(agent, 'ociregistry/test');
  });

  test('UP16 by digest must have that digest', async () => {
    const other = digestOf(Buffer.from('other'));
    const { under } = await upstreamWith(manifestReply(manifest), other);
    await fails(
      get(under, other),
      'invalid',
      new RegExp(`^up.example: GET a@${other}: its content is sha256:.*, not ${other}$`),
    );
  });

  test('UP16 by digest counts, whatever the header says', async () => {
    const { under } = await upstreamWith(
      manifestReply(manifest, { 'docker-content-digest': sha512.digest }),
      manifest.digest,
    );
    assert.equal((await get(under, manifest.digest)).descriptor.digest, manifest.digest);
  });

  const claims: readonly [claimed: string, digest: Digest | undefined][] = [
    [manifest.digest, manifest.digest],
    [digestOf(manifest.bytes, 'sha512'), digestOf(manifest.bytes, 'sha512')],
    [`blake3:${'0'.repeat(64)}`, manifest.digest],
    ['garbage', manifest.digest],
    ['', manifest.digest],
    [digestOf(Buffer.from('other')), undefined],
  ];
  for (const [claimed, digest] of claims) {
    test(`UP16 by tag that is said to be ${claimed.slice(0, 12)} is ${digest?.slice(0, 12) ?? 'refused'}`, async () => {
      const { under } = await upstreamWith(manifestReply(manifest, { 'docker-content-digest': claimed }));
      if (digest) assert.equal((await get(under)).descriptor.digest, digest);
      else await fails(get(under), 'invalid', /its content is/);
    });
  }

  test('M11 UP16 of more than 4 MiB is refused, whether it says so before or not', async () => {
    const { up, under } = await upstreamWith((_, response) => {
      response.writeHead(200, { 'content-type': OCI_MANIFEST, 'content-length': 4 * 1024 * 1024 + 1 });
      response.write('{');
    });
    await fails(get(under), 'invalid', /an answer of more than 4194304 bytes$/);
    const block = Buffer.alloc(1024 * 1024, ' ');
    up.on('GET /v2/a/manifests/v1', (_, response) => {
      response.writeHead(200, { 'content-type': OCI_MANIFEST });
      for (let i = 0; i < 5; i++) response.write(block);
      // It does not end: what is too much must not be waited for.
    });
    await fails(get(under), 'invalid', /an answer of more than 4194304 bytes$/);
  });

  test('M11 of 4 MiB is taken', async () => {
    const bytes = Buffer.concat([manifest.bytes, Buffer.alloc(4 * 1024 * 1024 - manifest.bytes.length, '\n')]);
    const { under } = await upstreamWith({ headers: { 'content-type': OCI_MANIFEST }, body: bytes });
    assert.equal((await get(under)).descriptor.size, 4 * 1024 * 1024);
  });

  test('UP15 that is cut off is asked for again', async () => {
    const up = await FakeUpstream.start();
    const cut = cutAfter(10, manifest.bytes, { headers: { 'content-type': OCI_MANIFEST } });
    up.on('GET /v2/a/manifests/v1', cut, manifestReply(manifest));
    const under = registryOver(up);
    assert.deepEqual((await get(under)).bytes, manifest.bytes);
    assert.deepEqual(under.clock.sleeps, [500]);
  });

  test('UP16 with no Content-Length is taken, with its own digest', async () => {
    const { under } = await upstreamWith((_, response) => {
      response.writeHead(200, { 'content-type': `${OCI_MANIFEST}; charset=utf-8` }).write(manifest.bytes);
      response.end();
    });
    const { descriptor } = await get(under);
    assert.deepEqual(descriptor, { mediaType: OCI_MANIFEST, digest: manifest.digest, size: manifest.bytes.length });
  });

  test('UP18 in another encoding is refused', async () => {
    const body = gzipSync(manifest.bytes);
    const { under } = await upstreamWith({
      headers: { 'content-type': OCI_MANIFEST, 'content-encoding': 'gzip' },
      body,
    });
    await fails(get(under), 'invalid', /^up.example: GET a:v1: an answer with Content-Encoding gzip$/);
  });

  const types: readonly [what: string, piece: typeof manifest, contentType: string, mediaType: string][] = [
    ['its own, and it is logged, when it was sent as another', manifest, DOCKER_MANIFEST, OCI_MANIFEST],
    ['its own when it was sent as anything', manifest, 'application/json', OCI_MANIFEST],
    ['the one it was sent as when it says none', untyped, DOCKER_MANIFEST, DOCKER_MANIFEST],
    ['that of its shape when nothing is said', untyped, 'application/json', OCI_MANIFEST],
  ];
  for (const [what, piece, contentType, mediaType] of types) {
    test(`M7 UP16 has the type ${what}`, async () => {
      const { under } = await upstreamWith(manifestReply(piece, { 'content-type': contentType }));
      assert.equal((await get(under)).descriptor.mediaType, mediaType);
      const logged = what.includes('logged');
      assert.equal(
        under.lines.some((line) => line.startsWith('warn:')),
        logged,
      );
    });
  }

  for (const [what, body] of [
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['neither image nor index', '{"schemaVersion":2}'],
  ] as const) {
    test(`UP16 that is ${what} is refused`, async () => {
      const { under } = await upstreamWith({ headers: { 'content-type': 'text/html' }, body });
      await fails(get(under), 'invalid', /: no manifest: /);
    });
  }

  const schema1 = '{"schemaVersion":1,"name":"a","tag":"v1","fsLayers":[],"history":[]}';
  for (const contentType of [DOCKER_SCHEMA1, DOCKER_SCHEMA1.replace('json', 'prettyjws'), 'application/json']) {
    test(`K6 of schema 1 sent as ${contentType} is not there`, async () => {
      const { up, under } = await upstreamWith({ headers: { 'content-type': contentType }, body: schema1 });
      await assert.rejects(get(under), unknown('MANIFEST_UNKNOWN', /Docker schema 1/));
      up.on('HEAD /v2/a/manifests/v1', { headers: { 'content-type': contentType, 'content-length': schema1.length } });
      await assert.rejects(under.registry.statManifest(repo('a'), ref('v1')), unknown('MANIFEST_UNKNOWN', /schema 1/));
      assert.match(up.lines.at(-1)!, contentType === 'application/json' ? /^GET/ : /^HEAD/);
    });
  }

  test('G8 whose digest cannot be checked is not asked for', async () => {
    const { up, under } = await upstreamWith(manifestReply(manifest));
    await assert.rejects(get(under, `blake3:${'0'.repeat(64)}`), unknown('MANIFEST_UNKNOWN', /cannot be checked/));
    assert.deepEqual(up.lines, []);
  });
});

describe('an error answer', () => {
  const cases: readonly [reply: Reply, code: string][] = [
    [envelope(404, 'MANIFEST_UNKNOWN', 'manifest unknown'), 'MANIFEST_UNKNOWN'],
    [envelope(404, 'NAME_UNKNOWN', 'no such repository'), 'NAME_UNKNOWN'],
    [envelope(404, 'NOT_FOUND', 'nothing'), 'MANIFEST_UNKNOWN'],
    [{ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' }, 'MANIFEST_UNKNOWN'],
    [{ status: 404, headers: { 'content-type': 'application/json' }, body: '{"errors":[null]}' }, 'MANIFEST_UNKNOWN'],
    [{ status: 404 }, 'MANIFEST_UNKNOWN'],
  ];
  for (const [reply, code] of cases) {
    test(`E5 of 404 is ${code}: ${typeof reply === 'function' ? '' : String(reply.body ?? 'no body').slice(0, 40)}`, async () => {
      const { under } = await upstreamWith(reply);
      await assert.rejects(get(under), unknown(code, /^up.example: GET a:v1: 404 not found/));
    });
  }

  test('E6 of another status says what it was', async () => {
    const { under } = await upstreamWith(envelope(400, 'UNSUPPORTED', 'the operation is unsupported'));
    const err = await fails(get(under), 'failed', /^up.example: GET a:v1: 400: the operation is unsupported$/);
    assert.equal(err.status, 400);
  });

  test('shows no secret and no control character, and not all of a long text', async () => {
    const text = `bad\n\u001b[31mtoken Bearer abcdefghijkl for https://s3/x?X-Amz-Signature=abc&y=z eyJhbGciOi.eyJzdWIi.c2ln ${'x'.repeat(500)}`;
    const { under } = await upstreamWith({ status: 400, headers: { 'content-type': 'text/plain' }, body: text });
    const { message } = await fails(get(under), 'failed');
    assert.doesNotMatch(message, /abcdefghijkl|Signature|eyJ|\p{C}/u);
    assert.match(message, /: 400: bad \[31mtoken Bearer … for https:\/\/s3\/x\?… … x+…$/);
    assert.ok(message.length < 300);
  });
});

describe('what a HEAD tells of a manifest', () => {
  const stat = ({ registry }: UnderTest, reference = 'v1'): Promise<unknown> =>
    registry.statManifest(repo('a'), ref(reference));
  const descriptor = { mediaType: OCI_MANIFEST, digest: manifest.digest, size: manifest.bytes.length };

  test('UP10 is enough when it has digest, type and length', async () => {
    const up = await FakeUpstream.start();
    up.on('HEAD /v2/a/manifests/v1', manifestHead(manifest));
    assert.deepEqual(await stat(registryOver(up)), descriptor);
    assert.deepEqual(up.lines, ['HEAD /v2/a/manifests/v1']);
  });

  test('UP10 needs no digest when it was asked by one', async () => {
    const up = await FakeUpstream.start();
    const headers = { 'content-type': OCI_MANIFEST, 'content-length': manifest.bytes.length };
    up.on(`HEAD /v2/a/manifests/${manifest.digest}`, { headers });
    assert.deepEqual(await stat(registryOver(up), manifest.digest), descriptor);
    assert.equal(up.asked.length, 1);
  });

  const head = manifestHead(manifest);
  const tooLittle: readonly [what: string, reply: Reply][] = [
    ['no digest', { headers: { ...head.headers, 'docker-content-digest': '' } }],
    [
      'no length',
      (_, response) =>
        response.writeHead(200, { 'content-type': OCI_MANIFEST, 'docker-content-digest': manifest.digest }).end(),
    ],
    ['a type that is no manifest', { headers: { ...head.headers, 'content-type': 'application/json' } }],
    ['405', { status: 405 }],
    ['501', { status: 501 }],
  ];
  for (const [what, reply] of tooLittle) {
    test(`UP10 is not enough with ${what}: the manifest is read`, async () => {
      const up = await FakeUpstream.start();
      up.on('HEAD /v2/a/manifests/v1', reply).on('GET /v2/a/manifests/v1', manifestReply(manifest));
      assert.deepEqual(await stat(registryOver(up)), descriptor);
      assert.deepEqual(up.lines, ['HEAD /v2/a/manifests/v1', 'GET /v2/a/manifests/v1']);
    });
  }

  test('E6 404 is unknown, anything else an error', async () => {
    const up = await FakeUpstream.start();
    up.on('HEAD /v2/a/manifests/v1', { status: 403 });
    await fails(stat(registryOver(up)), 'denied', /^up.example: HEAD a:v1: 403 denied$/);
    await assert.rejects(stat(registryOver(up), 'v2'), unknown('MANIFEST_UNKNOWN', /HEAD a:v2: 404 not found$/));
  });
});

describe('the limit', () => {
  test('UP14 that the upstream tells is known', async () => {
    const { under } = await upstreamWith(
      manifestReply(manifest, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '96;w=21600' }),
    );
    assert.equal(under.registry.rateLimit, undefined);
    await get(under);
    assert.deepEqual(under.registry.rateLimit, { limit: 100, remaining: 96, windowSeconds: 21600 });
  });

  test('X2 a warning is logged', async () => {
    const { under } = await upstreamWith(manifestReply(manifest, { warning: '299 - "going away"' }));
    await get(under);
    assert.ok(under.lines.includes('info: up.example warns: 299 - "going away"'));
  });
});
