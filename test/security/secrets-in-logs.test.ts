import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { writeConfig } from '../cmd/config-sources.ts';
import { startServe } from '../cmd/program.ts';
import { eventually } from '../support/clients/eventually.ts';
import { layerOf, tinyImage } from '../support/tiny-image.ts';
import { challenge, cutAfter, FakeUpstream, manifestReply, redirect } from '../support/upstream/fake-upstream.ts';
import { TokenService } from '../support/upstream/token-service.ts';

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const image = tinyImage({ layers: [layerOf('secrets', 50_000)] });
const layer = image.layers[0]!;

/** Answers of an upstream that wants a login, and says all kinds of things that are not for a log. */
async function startUpstream(scheme: 'Basic' | 'Bearer'): Promise<{ up: FakeUpstream; store: FakeUpstream }> {
  const [up, store] = [await FakeUpstream.start(), await FakeUpstream.start()];
  const wants = challenge(
    scheme === 'Basic' ? 'Basic realm="up"' : `Bearer realm="${up.origin}/token?key=s3cret-realm-query",service="up"`,
  );
  const text = { 'content-type': 'text/plain', 'set-cookie': 'session=s3cret-upstream-cookie' };
  up.on('GET /token', { body: JSON.stringify({ token: 's3cret-upstream-token', refresh_token: 's3cret-refresh' }) });
  up.on(
    'GET /v2/app/manifests/v1',
    wants,
    manifestReply(image.manifest, { warning: '299 - "Bearer s3cret-in-warning ends, see /x?sig=s3cret-in-warning"' }),
  );
  up.on('GET /v2/app/manifests/wrong', wants);
  up.on('GET /v2/app/manifests/denied', { status: 403, headers: text, body: 'see https://s3/x?X-Sig=s3cret-in-body' });
  up.on('GET /v2/app/manifests/broken', { status: 500, headers: text, body: 'Authorization: Basic s3cret-in-body' });
  up.on('GET /v2/app/manifests/garbage', { headers: text, body: '{"token":"s3cret-in-garbage"' });
  up.on('GET /v2/app/manifests/away', redirect('file:///s3cret-location?sig=s3cret-location'));
  up.on('GET /v2/app/manifests/realm', challenge('Bearer realm="http://10.0.0.1/token?k=s3cret-realm-query"'));
  up.on('GET /v2/app/tags/list', { headers: { link: '<http://evil.example/?s=s3cret-link>; rel="next"' }, body: '{}' });
  up.on(`GET /v2/app/blobs/${layer.digest}`, redirect(`${store.origin}/b?X-Amz-Signature=s3cret-signature`));
  up.on(`GET /v2/app/blobs/${image.config.digest}`, redirect(`http://u:s3cret-userinfo@${store.host}/c?s=s3cret-sign`));
  store.on('GET /b', cutAfter(1000, layer.bytes), { status: 403, headers: text, body: 's3cret-signature is wrong' });
  return { up, store };
}

test('no secret is in anything logged, printed or counted in a whole run, whatever fails', async () => {
  await using tokens = await TokenService.start({ users: { carol: 's3cret-of-carol' }, isPublic: () => false });
  const [bearerUp, basicUp] = [await startUpstream('Bearer'), await startUpstream('Basic')];
  const config = writeConfig('');
  const folder = dirname(config);
  const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const hash = hashSync('s3cret-of-alice', 4);
  const { realm, service, issuer } = tokens;
  const endpoint = (url: string, credentials: object) => ({ endpoints: [{ url, credentials }] });
  const settings = {
    images: 'images',
    log: { level: 'debug', file: 'serve.log', audit: true },
    admin: { host: '127.0.0.1', port: 0 },
    auth: {
      htpasswd: 'users',
      token: { realm, service, issuer, jwks: 'keys.json' },
      rules: [{ users: ['alice'], repositories: ['**'] }],
    },
    upstreams: {
      'bearer.example': endpoint(bearerUp.up.origin, { username: 'ann', passwordFile: 'password' }),
      'basic.example': endpoint(basicUp.up.origin, { username: 'ann', passwordEnv: 'UPSTREAM_PASSWORD' }),
      'token.example': endpoint(bearerUp.up.origin, { tokenFile: 'token' }),
      'docker.example': endpoint(basicUp.up.origin, { dockerConfig: 'docker.json' }),
      'gone.example': endpoint('http://127.0.0.1:1', { username: 'ann', passwordFile: 'password' }),
    },
  };
  await put('users', `alice:${hash}\n`);
  await put('keys.json', JSON.stringify(tokens.jwks));
  await put('password', 's3cret-upstream-password\n');
  await put('token', 's3cret-bearer-token\n');
  const auth = Buffer.from('ann:s3cret-docker-config').toString('base64');
  await put('docker.json', JSON.stringify({ auths: { [basicUp.up.host]: { auth } } }));
  await put('config.yaml', JSON.stringify(settings));
  const env = { UPSTREAM_PASSWORD: 's3cret-from-environment' };
  await using served = await startServe(['--sample', '--config', config], { env, cwd: folder });
  const logged = (): Promise<string> => readFile(join(folder, 'serve.log'), 'utf8');
  await eventually('it is said where the admin listener is', async () =>
    (await logged()).includes('the admin listener is on'),
  );
  const admin = /the admin listener is on (\S+?)["\s]/.exec(await logged())![1]!;

  // The client's side: every login there is, right and wrong, in every place where one may stand.
  const asked = await fetch(`${realm}?service=${service}&scope=repository:sample/hello:pull`, {
    headers: { authorization: basic('carol', 's3cret-of-carol') },
  });
  const { token } = (await asked.json()) as { token: string };
  const [head = '', claims = '', signature = ''] = token.split('.');
  const alice = basic('alice', 's3cret-of-alice');
  const logins = [
    alice,
    basic('alice', 's3cret-wrong-password'),
    basic('s3cret-as-user', 's3cret-wrong-password'),
    `Bearer ${token}`,
    `Bearer ${head}.${claims}.${signature.toUpperCase()}`,
    'Bearer s3cret-opaque-token',
    'Basic s3cret-not-base64!',
    'Negotiate s3cret-negotiate',
    's3cret-without-scheme',
  ];
  const ask = async (path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number> => {
    const sent = request(served.url, { path, method, headers: { connection: 'close', ...headers } });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'close');
    return answer.statusCode ?? 0;
  };
  const cookies = {
    cookie: 'session=s3cret-cookie',
    'proxy-authorization': 'Basic s3cret-proxy',
    'x-registry-auth': 's3cret-header',
    'x-request-id': 'one',
    referer: 'http://x/?token=s3cret-referer',
    'user-agent': 'x s3cret-agent',
  };
  const statuses = new Set<number>();
  for (const authorization of logins) {
    for (const path of [
      '/v2/',
      '/v2/sample/hello/manifests/latest?token=s3cret-query&X-Amz-Signature=s3cret-query',
      '/v2/_catalog?n=s3cret-query',
      '/v2/sample/hello/manifests/latest?ns=s3cret-query.example',
      'http://u:s3cret-target@x/v2/?access_token=s3cret-query',
      '/v2/%zz?password=s3cret-query',
    ]) {
      statuses.add(await ask(path, { ...cookies, authorization }));
    }
    statuses.add(
      await ask('/v2/sample/hello/blobs/uploads/?token=s3cret-query', { ...cookies, authorization }, 'POST'),
    );
  }
  for (const status of [200, 401, 405]) assert.ok(statuses.has(status), `there is a ${status}`);

  // What is not HTTP, or too much of it.
  for (const bytes of [
    'GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic s3cret-broken\r\n bad\u0000\r\n\r\n',
    `GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'s3cret-long'.repeat(3_000)}\r\n\r\n`,
    's3cret-no-http\r\n\r\n',
  ]) {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.on('error', () => {}); // A reset is one way to close.
    socket.end(bytes);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }

  // The upstreams' side: logins that are taken and refused, answers that fail in every way.
  const references = ['v1', 'wrong', 'denied', 'broken', 'garbage', 'away', 'realm'];
  for (const host of Object.keys(settings.upstreams)) {
    await ask(`/v2/${host}/app/tags/list`, { authorization: alice });
    for (const { digest } of [layer, image.config]) {
      await ask(`/v2/${host}/app/blobs/${digest}`, { authorization: alice }).catch(() => 'cut');
    }
    // Last what opens the breaker, after which nothing is asked.
    for (const reference of references) await ask(`/v2/${host}/app/manifests/${reference}`, { authorization: alice });
  }
  const atUpstreams = JSON.stringify([bearerUp, basicUp].flatMap(({ up, store }) => [...up.asked, ...store.asked]));
  for (const sent of ['s3cret-upstream-token', 's3cret-bearer-token', 's3cret-signature', auth]) {
    assert.ok(atUpstreams.includes(sent), `${sent} was used`);
  }

  // The operator's side: files that are wrong, a reload of each, what is counted and listed.
  const reload = async (): Promise<string> => (await fetch(`${admin}/reload`, { method: 'POST' })).text();
  let told = '';
  for (const [name, wrong, right] of [
    ['users', 'alice:s3cret-plain-password\n', `alice:${hash}\n`],
    ['keys.json', '{"keys":[{"kty":"oct","k":"s3cret-shared-key"}]}', JSON.stringify(tokens.jwks)],
    ['keys.json', '{"keys": s3cret-no-json', JSON.stringify(tokens.jwks)],
    ['config.yaml', 'upstreams: { a.example: { password: s3cret-in-config } }', JSON.stringify(settings)],
    ['docker.json', '{"auths": s3cret-no-json', '{}'],
  ] as const) {
    await put(name, wrong);
    told += await reload();
    await ask('/v2/docker.example/app/manifests/after', { authorization: alice });
    await put(name, right);
    told += await reload();
  }
  for (const path of ['metrics', 'upstreams', 'fills', 'images', 'readyz']) {
    told += await (await fetch(`${admin}/${path}?token=s3cret-query`)).text();
    told += await (await fetch(`${admin}/${path}`, { headers: { authorization: alice } })).text();
  }
  served.child.kill('SIGTERM');
  const { stdout, stderr } = await served.ended;

  const log = await logged();
  for (const trace of ['"audit"', '"debug"', '"warn"', '/v2/sample/hello/manifests/latest', 'bearer.example']) {
    assert.ok(log.includes(trace), `the log has ${trace}`);
  }
  const secrets = [
    's3cret',
    hash,
    token,
    signature,
    signature.toUpperCase(),
    claims,
    auth,
    ...Object.entries({
      alice: 's3cret-of-alice',
      carol: 's3cret-of-carol',
      ann: 's3cret-upstream-password',
    }).map(([user, password]) => basic(user, password).slice('Basic '.length)),
    Buffer.from('s3cret').toString('base64').slice(0, -1),
  ];
  for (const [where, text] of Object.entries({ log, stdout, stderr, 'admin listener': told })) {
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      const line = text.slice(text.lastIndexOf('\n', at) + 1, at + 200);
      assert.equal(at, -1, `${where}: ${line}`);
    }
  }
});
