import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { digestOf } from '../../../api/oci/digest.ts';
import type { Log } from '../../../api/log.ts';
import type { Credentials } from '../../../api/upstream/credentials.ts';
import { challenge, cutAfter, FakeUpstream, manifestReply, redirect } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest } = tinyImage();
const PATH = 'GET /v2/a/manifests/v1';
const bytes = Buffer.alloc(50_000, 'a blob ');
const digest = digestOf(bytes);
const PASSWORD = 's3cret-password';
const IDENTITY = 's3cret-identity';
const TOKEN = 's3cret-token';
const SIGNATURE = 's3cret-signature';
const SECRET = new RegExp(
  ['s3cret', ...[`ann:${PASSWORD}`, `<token>:${IDENTITY}`].map((text) => Buffer.from(text).toString('base64'))].join(
    '|',
  ),
);

/** All that is logged at any level, with its fields. */
function everything(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (...args: unknown[]): void =>
      void lines.push(`${level} ${inspect(args, { depth: 10 })}`);
  const log = { error: keep('error'), warn: keep('warn'), info: keep('info'), debug: keep('debug') } as unknown as Log;
  return { log, lines };
}

describe('no line of the log, and no message, shows', () => {
  const logins: readonly [what: string, credentials: Credentials, scheme: 'Bearer' | 'Basic'][] = [
    ['a password, sent to a token service', { username: 'ann', password: PASSWORD }, 'Bearer'],
    ['a password, sent to the registry', { username: 'ann', password: PASSWORD }, 'Basic'],
    ['an identity token', { identityToken: IDENTITY }, 'Bearer'],
    ['a bearer token', { bearerToken: TOKEN }, 'Bearer'],
  ];
  for (const [what, credentials, scheme] of logins) {
    test(`${what}, nor what a token is, nor how a link is signed`, async () => {
      const [up, store] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
      const wants = challenge(
        scheme === 'Basic' ? 'Basic realm="x"' : `Bearer realm="${up.origin}/token?k=${SIGNATURE}"`,
      );
      up.on('GET /token', { body: JSON.stringify({ token: TOKEN }) });
      up.on('POST /token', { status: 404 });
      up.on(
        PATH,
        wants,
        { status: 503, headers: { 'content-type': 'text/plain' }, body: `Bearer ${TOKEN} is not good today` },
        manifestReply(manifest, { warning: `299 - "Bearer ${TOKEN} ends soon, see /x?sig=${SIGNATURE}"` }),
        { status: 403, headers: { 'content-type': 'text/plain' }, body: `see https://s3/x?X-Sig=${SIGNATURE}` },
        wants,
      );
      up.on(`GET /v2/a/blobs/${digest}`, redirect(`${store.origin}/x?X-Amz-Signature=${SIGNATURE}`));
      store.on('GET /x', cutAfter(1000, bytes), { status: 403, body: SIGNATURE });
      const { log, lines } = everything();
      const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(credentials) }, { log });

      const errors: unknown[] = [];
      const get = (): Promise<unknown> => under.registry.getManifest(repo('a'), ref('v1'));
      await get();
      for (let i = 0; i < 2; i++) errors.push(await fails(get(), 'denied'));
      const { body } = await under.registry.openBlob(repo('a'), digest);
      errors.push(await fails(readBody(body), 'failed'));
      await store[Symbol.asyncDispose]();
      errors.push(await fails(under.registry.openBlob(repo('a'), digest), 'unreachable'));

      assert.ok(lines.length > 8, 'there is something to look at');
      for (const line of [...lines, ...errors.map(String), inspect(under.registry.state)])
        assert.doesNotMatch(line, SECRET);
      const sent = [...up.asked, ...store.asked].map((asked) => inspect(asked)).join();
      assert.match(sent, SECRET, 'and secrets were sent');
    });
  }
});

describe('credentials that are wrong', () => {
  const told = ({ lines }: UnderTest): string[] => lines.filter((line) => line.includes('may be wrong'));
  const ann = (): Promise<Credentials> => Promise.resolve({ username: 'ann', password: PASSWORD });

  test('are told once, with the upstream and without them, but to everybody who asks', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge('Basic realm="x"'));
    const under = registryOver({ url: up.origin, credentials: ann });
    for (let i = 0; i < 5; i++) {
      const err = await fails(under.registry.getManifest(repo('a'), ref('v1')), 'denied', /^up.example: GET a:v1: 401/);
      assert.equal(err.status, 401);
    }
    assert.deepEqual(told(under), [
      `warn: up.example: GET a:v1: 401 denied: authentication required; the credentials for ${up.origin} may be wrong`,
    ]);
    under.clock.advance(60 * 60 * 1000);
    await fails(under.registry.getManifest(repo('a'), ref('v1')), 'denied');
    assert.equal(told(under).length, 2, 'once an hour');
  });

  test('are told when it is the token service that refuses them', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge(`Bearer realm="${up.origin}/token"`)).on('GET /token', { status: 401 });
    const under = registryOver({ url: up.origin, credentials: ann });
    for (let i = 0; i < 3; i++) await fails(under.registry.getManifest(repo('a'), ref('v1')), 'denied');
    assert.equal(told(under).length, 1);
  });

  test('are not the reason where there are none, or where they do not reach', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge('Basic realm="x"'), { status: 403 });
    const [anybody, known] = [registryOver(up), registryOver({ url: up.origin, credentials: ann })];
    for (const under of [anybody, known]) {
      await fails(under.registry.getManifest(repo('a'), ref('v1')), 'denied');
      assert.deepEqual(told(under), []);
    }
  });
});
