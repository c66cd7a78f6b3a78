import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Host } from '../../../api/oci/repository.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { createImages, put, serve } from '../../support/http-images.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { basic, bearer, openGate } from './login-gate.ts';

const images = createImages();
put(images.registry, 'sample/hello', tinyImage({ seed: 'sample' }), 'latest');
put(images.registry, 'team/other', tinyImage({ seed: 'other' }), 'latest');
const { digest } = images.blob;
const blob = `/v2/team/app/blobs/${digest}`;

const as = (authorization: string | undefined): Record<string, string> =>
  authorization === undefined ? {} : { authorization };

describe('with a password file', () => {
  let served: Served;
  before(async () => {
    const gate = openGate({
      users: { alice: 'secret', bob: 'secret' },
      anonymous: ['sample/*'],
      rules: [{ users: ['alice'], repositories: ['team/**'] }],
    });
    served = await serve(images.registry, { gate });
  });

  test('U2 the challenge is one line with the realm in quotes', async () => {
    const { status, headers, body } = await served.ask('GET', '/v2/');
    assert.equal(status, 401);
    assert.equal(headers.get('www-authenticate'), 'Basic realm="ociregistry"');
    assert.deepEqual(JSON.parse(body.toString()), { errors: [{ code: 'UNAUTHORIZED', message: 'log in first' }] });
  });

  test('V2 U7 /v2/ is 200 for who logs in, and 401 for a wrong password', async () => {
    assert.equal((await served.ask('GET', '/v2/', as(basic('alice', 'secret')))).status, 200);
    assert.equal((await served.ask('GET', '/v2/', as(basic('alice', 'wrong')))).status, 401);
  });

  test('U11 an unknown user and a wrong password are answered alike', async () => {
    const outcome = async (user: string) => {
      const { status, headers, body } = await served.ask('GET', '/v2/', as(basic(user, 'wrong')));
      return [status, headers.get('www-authenticate'), body.toString()];
    };
    assert.deepEqual(await outcome('alice'), await outcome('nobody'));
  });

  test('what is anonymous is pulled without a login, and with an empty one', async () => {
    for (const authorization of [undefined, 'Basic Og==']) {
      assert.equal((await served.ask('GET', '/v2/sample/hello/manifests/latest', as(authorization))).status, 200);
    }
  });

  test('what is anonymous is not pulled with a wrong login', async () => {
    const { status } = await served.ask('GET', '/v2/sample/hello/manifests/latest', as(basic('alice', 'wrong')));
    assert.equal(status, 401);
  });

  test('U6 a user who may not is told so, and not asked to log in again', async () => {
    const { status, headers, body } = await served.ask('GET', blob, as(basic('bob', 'secret')));
    assert.deepEqual([status, headers.get('www-authenticate')], [403, null]);
    assert.equal(codeOf({ status, headers, body }), 'DENIED');
  });

  test('a user who may not pull a repository is not told whether it is there', async () => {
    const bodyOf = async (name: string) =>
      (await served.ask('GET', `/v2/${name}/tags/list`, as(basic('bob', 'secret')))).body.toString();
    assert.equal(await bodyOf('team/app'), await bodyOf('no/such'));
  });

  test('W4 a write is refused as a write once somebody is let in', async () => {
    assert.equal((await served.ask('PUT', '/v2/team/app/manifests/latest')).status, 401);
    assert.equal((await served.ask('PUT', '/v2/team/app/manifests/latest', as(basic('bob', 'secret')))).status, 405);
    assert.equal((await served.ask('PUT', '/v2/sample/hello/manifests/latest')).status, 405);
  });

  test('H2 a login comes before what the client has already, and before ranges', async () => {
    assert.equal((await served.ask('GET', blob, { 'if-none-match': '*' })).status, 401);
    assert.equal((await served.ask('GET', blob, { range: 'bytes=0-0' })).status, 401);
    const user = as(basic('alice', 'secret'));
    assert.equal((await served.ask('GET', blob, { ...user, 'if-none-match': '*' })).status, 304);
    assert.equal((await served.ask('GET', blob, { ...user, range: 'bytes=0-0' })).status, 206);
  });

  test('H3 what never changes is private', async () => {
    const { headers } = await served.ask('GET', blob, as(basic('alice', 'secret')));
    assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable');
  });

  test('C2 the list has what one may pull, page by page', async () => {
    const list = async (query: string, user: string): Promise<string> => {
      const { body, headers } = await served.ask('GET', `/v2/_catalog${query}`, as(basic(user, 'secret')));
      return `${body.toString()} ${headers.get('link') ?? ''}`;
    };
    assert.equal(await list('', 'alice'), '{"repositories":["sample/hello","team/app","team/other"]} ');
    assert.equal(await list('', 'bob'), '{"repositories":["sample/hello"]} ');
    assert.match(await list('?n=2', 'alice'), /\["sample\/hello","team\/app"\]\} <.*last=team%2Fapp>/);
    assert.equal((await served.ask('GET', '/v2/_catalog')).status, 401);
  });

  test('a token is nothing here', async () => {
    const { status, headers } = await served.ask('GET', '/v2/', as(await bearer('repository:team/app:pull')));
    assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Basic realm="ociregistry"']);
  });
});

describe('with a token service', () => {
  let served: Served;
  const hosts = new Set(['quay.io', 'docker.io', '127.0.0.1:5001'] as Host[]);
  before(async () => {
    const gate = openGate({
      users: { alice: 'secret' },
      tokens: true,
      anonymous: ['sample/*'],
      names: { hosts, defaultHost: 'docker.io' as Host },
    });
    served = await serve(images.registry, { gate, isConfiguredHost: (host) => hosts.has(host) });
  });

  const front = 'Bearer realm="https://auth.test/token",service="registry.test"';
  const app = '/v2/team/app/tags/list';
  for (const [name, path, challenge] of [
    ['U4 /v2/ has no scope', '/v2/', front],
    ['U9 a repository as the client spells it', app, `${front},scope="repository:team/app:pull"`],
    ['a name that holds its host', '/v2/quay.io/a/b/tags/list', `${front},scope="repository:quay.io/a/b:pull"`],
    [
      'U4 a host with a port',
      '/v2/127.0.0.1:5001/a/b/tags/list',
      `${front},scope="repository:127.0.0.1:5001/a/b:pull"`,
    ],
    ['ns that says what the name means anyway', `${app}?ns=docker.io`, `${front},scope="repository:team/app:pull"`],
    ['ns that says what it does not', `${app}?ns=quay.io`, `${front},scope="repository:quay.io/team/app:pull"`],
    ['ns of a host that nobody knows', `${app}?ns=ghcr.io`, front],
    ['U9 the list of all', '/v2/_catalog', `${front},scope="registry:catalog:*"`],
    ['what is no repository', '/docs/', front],
  ] as const) {
    test(`${name}: the challenge says what to ask for`, async () => {
      assert.equal((await served.ask('GET', path)).headers.get('www-authenticate'), challenge);
    });
  }

  test('U5 a token that is not valid is told apart from one that does not allow enough', async () => {
    const challenge = async (authorization: string) =>
      (await served.ask('GET', app, as(authorization))).headers.get('www-authenticate');
    const scope = `${front},scope="repository:team/app:pull"`;
    assert.equal(await challenge('Bearer nonsense'), `${scope},error="invalid_token"`);
    assert.equal(await challenge(await bearer()), `${scope},error="insufficient_scope"`);
    assert.equal(await challenge(await bearer('repository:team/app:push')), `${scope},error="insufficient_scope"`);
    assert.equal(await challenge(await bearer('repository:team/other:pull')), `${scope},error="insufficient_scope"`);
  });

  test('U7 any valid token may log in', async () => {
    assert.equal((await served.ask('GET', '/v2/', as(await bearer()))).status, 200);
  });

  test('a token is for a repository, by any of its names, and at no other registry', async () => {
    const status = async (path: string, scope: string) =>
      (await served.ask('GET', path, as(await bearer(`repository:${scope}:pull`)))).status;
    assert.equal(await status(app, 'team/app'), 200);
    assert.equal(await status(app, 'docker.io/team/app'), 200);
    assert.equal(await status(`${app}?ns=docker.io`, 'team/app'), 404); // Let in: nothing lies there in the test.
    assert.equal(await status(`${app}?ns=quay.io`, 'team/app'), 401);
    assert.equal(await status(`${app}?ns=quay.io`, 'quay.io/team/app'), 404);
    assert.equal(await status(app, 'quay.io/team/app'), 401);
    assert.equal(await status('/v2/team/app/tags/list', 'team/*'), 401);
  });

  test('the list of all needs a token for it', async () => {
    const { status, body } = await served.ask('GET', '/v2/_catalog', as(await bearer('registry:catalog:*')));
    assert.equal(status, 200);
    assert.match(body.toString(), /"team\/app"/);
    assert.equal((await served.ask('GET', '/v2/_catalog', as(await bearer('repository:team/app:pull')))).status, 401);
  });

  test('a user with a password is let in as well; who is wrong is asked for a token', async () => {
    assert.equal((await served.ask('GET', app, as(basic('alice', 'secret')))).status, 200);
    const { headers } = await served.ask('GET', '/v2/', as(basic('alice', 'wrong')));
    assert.equal(headers.get('www-authenticate'), front);
  });

  test('what is anonymous needs no token', async () => {
    assert.equal((await served.ask('GET', '/v2/sample/hello/manifests/latest')).status, 200);
  });
});

describe('without a way to log in', () => {
  test('what is not anonymous needs a login that nobody has', async () => {
    const served = await serve(images.registry, { gate: openGate({ anonymous: ['sample/*'] }) });
    assert.equal((await served.ask('GET', '/v2/sample/hello/tags/list')).status, 200);
    for (const authorization of [undefined, basic('alice', 'secret'), await bearer('repository:team/app:pull')]) {
      assert.equal((await served.ask('GET', '/v2/team/app/tags/list', as(authorization))).status, 401);
      assert.equal((await served.ask('GET', '/v2/', as(authorization))).status, 401);
    }
  });

  test('everything is open where all is anonymous, /v2/ and the list too', async () => {
    const served = await serve(images.registry, { gate: openGate({ anonymous: ['**'] }) });
    for (const path of ['/v2/', '/v2/_catalog', '/v2/team/app/tags/list', '/docs/']) {
      assert.equal((await served.ask('GET', path)).status, 200, path);
    }
  });
});

describe('the log', () => {
  test('names the user, and never what anybody logged in with', async () => {
    const { log, lines } = keepingLog();
    const seen: (string | undefined)[] = [];
    const gate = openGate({
      users: { alice: 'pass-word', bob: 'pass-word' },
      tokens: true,
      rules: [{ users: ['alice'], repositories: ['**'] }],
    });
    const served = await serve(images.registry, { gate, log, onAnswered: ({ user }) => void seen.push(user) });
    const token = await bearer('repository:team/app:pull');
    const all = [basic('alice', 'pass-word'), basic('bob', 'pass-word'), basic('alice', 'pass-wrong'), token];
    for (const authorization of all) await served.ask('GET', '/v2/team/app/tags/list', as(authorization));
    assert.deepEqual(seen, ['alice', 'bob', undefined, 'carol']);
    const text = lines.join('\n');
    for (const secret of ['pass-w', ...all.map((each) => each.replace(/^\w+ /, ''))]) assert.ok(!text.includes(secret));
  });
});

describe('a flood of wrong passwords', () => {
  test('keeps nobody from pulling who is logged in, and is cut short', async () => {
    const { log, lines } = keepingLog();
    const served = await serve(images.registry, { gate: openGate({ users: { alice: 'secret' }, cost: 8 }), log });
    const user = as(basic('alice', 'secret'));
    assert.equal((await served.ask('GET', blob, user)).status, 200);

    let guessed = 0;
    const flood = Array.from({ length: 60 }, async (_, i) => {
      const head = `GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${basic('alice', `guess ${i}`)}`;
      const answer = await served.raw(`${head}\r\n\r\n`);
      guessed++;
      return `${/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]} ${/^Retry-After: (\d+)/m.exec(answer)?.[1] ?? ''}`;
    });
    for (let i = 0; i < 20; i++) assert.equal((await served.ask('GET', blob, user)).status, 200);
    assert.ok(guessed < flood.length, 'pulls do not wait for guesses');
    assert.deepEqual(new Set(await Promise.all(flood)), new Set(['401 ', '503 1']));
    assert.deepEqual(
      lines.filter((line) => line.startsWith('error')),
      [],
    );
  });
});
