import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Credentials } from '../../../api/upstream/credentials.ts';
import {
  challenge,
  envelope,
  FakeUpstream,
  manifestReply,
  redirect,
  type Answer,
  type Reply,
} from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const image = tinyImage();
const PATH = 'GET /v2/a/manifests/v1';
const PASSWORD: Credentials = { username: 'ann', password: 'p:ss' };
const BASIC = `Basic ${Buffer.from('ann:p:ss').toString('base64')}`;

/** Answers who sends what it should, as a registry does; everybody else gets the challenge. */
function guarded(up: FakeUpstream, expected: () => string, ...lines: string[]): void {
  up.on(PATH, (request, response) => {
    const answer = request.headers.authorization === expected() ? manifestReply(image.manifest) : challenge(...lines);
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
  });
}

const bearer = (realm: string, more = ',service="up",scope="repository:a:pull"'): string =>
  `Bearer realm="${realm}"${more}`;
const token = (value: string, more: object = {}): Answer => ({ body: JSON.stringify({ token: value, ...more }) });
const get = ({ registry }: UnderTest): Promise<unknown> => registry.getManifest(repo('a'), ref('v1'));
const sent = (up: FakeUpstream): (string | undefined)[] => up.asked.map(({ headers }) => headers.authorization);

describe('a login', () => {
  test('UP4 UP5 is answered for anybody by a token without credentials', async () => {
    const up = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token?a=b`));
    up.on('GET /token', token('t1'));
    const under = registryOver(up);
    await get(under);
    assert.deepEqual(up.lines, [
      PATH,
      'GET /token?a=b&service=up&scope=repository%3Aa%3Apull&client_id=ociregistry',
      PATH,
    ]);
    assert.deepEqual(sent(up), [undefined, undefined, 'Bearer t1']);
  });

  test('UP5 sends credentials to the realm alone', async () => {
    const up = await FakeUpstream.start();
    const auth = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${auth.origin}/token`));
    auth.on('GET /token', { body: JSON.stringify({ access_token: 't1' }) });
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    await get(under);
    assert.deepEqual(sent(auth), [BASIC]);
    assert.deepEqual(sent(up), [undefined, 'Bearer t1']);
  });

  test('UP5 asks for pull where the challenge has no scope, and for each scope where it has more', async () => {
    const up = await FakeUpstream.start();
    up.on('GET /token', token('t1'));
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`, ''));
    await get(registryOver(up));
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`, ',scope="repository:a:pull  registry:catalog:*"'));
    await get(registryOver(up));
    assert.deepEqual(
      up.lines.filter((line) => line.includes('token')),
      [
        'GET /token?scope=repository%3Aa%3Apull&client_id=ociregistry',
        'GET /token?scope=repository%3Aa%3Apull&scope=registry%3Acatalog%3A*&client_id=ociregistry',
      ],
    );
  });

  test('UP4 takes Bearer over Basic, and Basic where it is alone', async () => {
    const up = await FakeUpstream.start();
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    up.on('GET /token', token('t1'));
    guarded(up, () => 'Bearer t1', `Basic realm="x", ${bearer(`${up.origin}/token`)}`);
    await get(under);
    guarded(up, () => BASIC, 'Basic realm="x"');
    await get(under);
    assert.deepEqual(sent(up), [undefined, BASIC, 'Bearer t1', 'Bearer t1', BASIC]);
  });

  test('UP7 that Basic refuses is final', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge('Basic realm="x"'));
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    const err = await fails(get(under), 'denied', /^up.example: GET a:v1: 401 denied: authentication required$/);
    assert.equal(err.status, 401);
    assert.deepEqual(sent(up), [undefined, BASIC]);
  });

  test('is not sent where none was asked for, nor made up where there are no credentials', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, manifestReply(image.manifest), challenge('Basic realm="x"'), challenge('Negotiate'), challenge());
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    await get(under);
    assert.deepEqual(sent(up), [undefined]);
    for (let i = 0; i < 3; i++) await fails(get(registryOver(up)), 'denied');
    assert.equal(up.asked.length, 4);
  });

  test('is remembered for a repository', async () => {
    const up = await FakeUpstream.start();
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    guarded(up, () => BASIC, 'Basic realm="x"');
    await get(under);
    await get(under);
    assert.deepEqual(sent(up), [undefined, BASIC, BASIC]);
  });

  test('sends a bearer token as it stands', async () => {
    const up = await FakeUpstream.start();
    guarded(up, () => 'Bearer fixed', bearer('https://nowhere.invalid/token'));
    await get(registryOver({ url: up.origin, credentials: () => Promise.resolve({ bearerToken: 'fixed' }) }));
    assert.deepEqual(sent(up), [undefined, 'Bearer fixed']);
  });

  test('UP7 of a token that is refused gets a new one with the scope of the challenge, once', async () => {
    const up = await FakeUpstream.start();
    let good = 't1';
    guarded(up, () => `Bearer ${good}`, bearer(`${up.origin}/token`));
    up.on('GET /token', token('t1'), token('t2'), token('t3'));
    const under = registryOver(up);
    await get(under);
    good = 't2';
    await get(under);
    assert.deepEqual(sent(up).filter(Boolean), ['Bearer t1', 'Bearer t1', 'Bearer t2']);

    good = 'none of them';
    const insufficient = ',error="insufficient_scope",scope="repository:a:pull,push"';
    guarded(up, () => `Bearer ${good}`, bearer(`${up.origin}/token`, insufficient));
    await fails(get(under), 'denied');
    assert.deepEqual(sent(up).filter(Boolean).slice(3), ['Bearer t2', 'Bearer t3']);
    assert.match(up.lines.at(-2)!, /scope=repository%3Aa%3Apull%2Cpush/);
  });

  test('UP7 that is forbidden is final', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, envelope(403, 'DENIED', 'not for you'));
    await fails(get(registryOver(up)), 'denied', /^up.example: GET a:v1: 403 denied: not for you$/);
    assert.equal(up.asked.length, 1);
  });
});

describe('a token', () => {
  const tokens = async (reply: Answer): Promise<{ up: FakeUpstream; under: UnderTest }> => {
    const up = await FakeUpstream.start();
    let count = 0;
    up.on('GET /token', (_, response) =>
      response.end(JSON.stringify({ ...JSON.parse(String(reply.body)), token: `t${++count}` })),
    );
    guarded(up, () => `Bearer t${count}`, bearer(`${up.origin}/token`));
    return { up, under: registryOver(up) };
  };
  const fetched = ({ lines }: FakeUpstream): number => lines.filter((line) => line.startsWith('GET /token')).length;

  const lives: readonly [answer: object, lifeS: number][] = [
    [{}, 60],
    [{ expires_in: 10 }, 60],
    [{ expires_in: '300' }, 60],
    [{ expires_in: 300 }, 300],
    [{ expires_in: 300, issued_at: '2001-01-01T00:00:00Z' }, 300],
  ];
  for (const [answer, lifeS] of lives) {
    test(`UP6 with ${JSON.stringify(answer)} is kept for 90 % of ${lifeS} s`, async () => {
      const { up, under } = await tokens({ body: JSON.stringify(answer) });
      await get(under);
      under.clock.advance(lifeS * 900 - 1);
      await get(under);
      assert.equal(fetched(up), 1);
      under.clock.advance(1);
      await get(under);
      assert.equal(fetched(up), 2);
      assert.equal(up.asked.length, 2 + 1 + 3);
    });
  }

  test('UP6 is fetched once for all who want it at the same time', async () => {
    const up = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`));
    const waiting: (() => void)[] = [];
    const clients = 5;
    up.on('GET /token', (_, response) => waiting.push(() => response.end('{"token":"t1"}')));
    const under = registryOver(up);
    const abort = new AbortController();
    const all = Array.from({ length: clients }, () => get(under));
    const leaver = under.registry.getManifest(repo('a'), ref('v1'), { signal: abort.signal });
    // Everybody has been refused before there is a token.
    while (up.asked.length < clients + 2) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('I left'));
    await assert.rejects(leaver, /I left/);
    for (const answer of waiting) answer();
    await Promise.all(all);
    assert.equal(fetched(up), 1);
  });

  test('UP6 of other credentials is another one', async () => {
    const up = await FakeUpstream.start();
    let username = 'ann';
    up.on('GET /token', token('t1'), token('t2'));
    guarded(up, () => (username === 'ann' ? 'Bearer t1' : 'Bearer t2'), bearer(`${up.origin}/token`));
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve({ username, password: 'x' }) });
    await get(under);
    username = 'bob';
    await get(under);
    assert.equal(fetched(up), 2);
  });

  const wrong: readonly [what: string, reply: Reply, message: RegExp][] = [
    ['has no token in it', { body: '{"expires_in":60}' }, /there is no token in the answer$/],
    ['is no JSON', { body: 'hello' }, /there is no token in the answer$/],
    ['would break a header', token('a\r\nb'), /there is no token in the answer$/],
    ['is too long', token('t', { more: 'x'.repeat(1024 * 1024) }), /more than 1048576 bytes$/],
  ];
  for (const [what, reply, message] of wrong) {
    test(`UP6 answer that ${what} is an error`, async () => {
      const up = await FakeUpstream.start();
      up.on(PATH, challenge(bearer(`${up.origin}/token`))).on('GET /token', reply);
      await fails(get(registryOver(up)), 'invalid', message);
    });
  }

  test('UP7 that is not given for these credentials is a refusal that names the service and no secret', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge(bearer(`${up.origin}/token?secret=1`)));
    up.on('GET /token', {
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: '{"details":"incorrect username or password"}',
    });
    const under = registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) });
    const err = await fails(get(under), 'denied');
    assert.equal(
      err.message,
      `up.example: token of ${up.origin}/token for repository:a:pull: 401 denied: incorrect username or password`,
    );
  });

  test('that the service cannot give now is asked for again', async () => {
    const up = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`));
    up.on('GET /token', { status: 503 }, token('t1'));
    const under = registryOver(up);
    await get(under);
    assert.deepEqual(under.clock.sleeps, [500]);
  });

  test('of a service that is not there says nothing of the manifest', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, challenge(bearer(`${up.origin}/token`)));
    await fails(get(registryOver(up)), 'failed', /token of .* 404 not found$/);
  });
});

describe('an identity token', () => {
  const identity = (username?: string): Credentials => ({
    identityToken: 'id',
    ...(username !== undefined && { username }),
  });
  const form = 'grant_type=refresh_token&refresh_token=id&service=up&scope=repository%3Aa%3Apull&client_id=ociregistry';

  test('UP5 is posted in a form', async () => {
    const up = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`));
    up.on('POST /token', { body: '{"access_token":"t1"}' });
    await get(registryOver({ url: up.origin, credentials: () => Promise.resolve(identity()) }));
    assert.deepEqual(up.lines, [PATH, 'POST /token', PATH]);
    assert.equal(up.asked[1]!.body, form);
    assert.equal(up.asked[1]!.headers['content-type'], 'application/x-www-form-urlencoded');
  });

  for (const status of [400, 401, 404, 405]) {
    test(`UP5 is a password where the form is answered with ${status}`, async () => {
      const up = await FakeUpstream.start();
      guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`));
      up.on('POST /token', { status }).on('GET /token', token('t1'));
      await get(registryOver({ url: up.origin, credentials: () => Promise.resolve(identity('0000')) }));
      assert.equal(up.asked[2]!.headers.authorization, `Basic ${Buffer.from('0000:id').toString('base64')}`);
    });
  }
});

describe('UP8 a realm', () => {
  const realms: readonly [realm: string, message: RegExp][] = [
    ['ftp://x/token', /its realm is at ftp:\/\/x, not https$/],
    ['not a url', /its realm is no URL$/],
    ['http://10.0.0.1/token', /it leads to http:\/\/10.0.0.1, an address that is not public$/],
    ['https://169.254.169.254/latest', /an address that is not public$/],
  ];
  for (const [realm, message] of realms) {
    test(`${realm} is not asked`, async () => {
      const up = await FakeUpstream.start();
      up.on(PATH, challenge(bearer(realm)));
      await fails(
        get(registryOver({ url: up.origin, credentials: () => Promise.resolve(PASSWORD) })),
        'invalid',
        message,
      );
      assert.equal(up.asked.length, 1);
    });
  }

  test('that sends elsewhere is followed without credentials, but not to an address that is not public', async () => {
    const up = await FakeUpstream.start();
    const other = await FakeUpstream.start();
    guarded(up, () => 'Bearer t1', bearer(`${up.origin}/token`));
    up.on('GET /token', redirect(`${other.origin}/token`), redirect('http://192.168.0.1/token'));
    other.on('GET /token', token('t1'));
    const options = { url: up.origin, credentials: () => Promise.resolve(PASSWORD) };
    await get(registryOver(options));
    assert.deepEqual(sent(other), [undefined]);
    await fails(get(registryOver(options)), 'invalid', /not public$/);
  });
});
