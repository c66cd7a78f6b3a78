import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run } from '../support/clients/command.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache } from '../support/pull/cache.ts';
import { pushImage } from '../support/pull/push-image.ts';
import { tinyImage, type TinyImage } from '../support/tiny-image.ts';
import { DISTRIBUTION, startDistribution, writeHtpasswd } from '../support/upstream/distribution.ts';
import { blobReply, FakeUpstream } from '../support/upstream/fake-upstream.ts';
import { FaultyProxy } from '../support/upstream/faulty-proxy.ts';
import { TokenService } from '../support/upstream/token-service.ts';

const [USER, PASSWORD] = ['ann', 'p:ss wörd'];
const [WRONG, NEXT] = ['not-the-password', 'the-next-password'];
const SECRETS = [PASSWORD, WRONG, NEXT, Buffer.from(`${USER}:${WRONG}`).toString('base64')];

/** Each upstream has an image of its own: a blob that one gave is not fetched from another. */
const imageOf = (host: string): TinyImage => tinyImage({ seed: host });
const basic = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString('base64');

const loginTest = clientTests([...DISTRIBUTION, 'htpasswd'], async (stack) => {
  const folder = stack.use(await tempFolder('upstreams-logins')).path;
  const data = join(folder, 'data');
  const htpasswd = join(folder, 'htpasswd');
  await writeHtpasswd(htpasswd, USER, PASSWORD);
  const isPublic = (name: string): boolean => name.startsWith('public/');
  const tokens = stack.use(await TokenService.start({ users: { [USER]: PASSWORD }, isPublic, lifeSeconds: 600 }));
  // All of them have the same images.
  const [open, withPasswords, withTokens] = await Promise.all([
    startDistribution({ folder, data }),
    startDistribution({ folder, data, htpasswd }),
    startDistribution({ folder, data, tokens }),
  ]);
  for (const one of [open, withPasswords, withTokens]) stack.use(one);

  const proxy = stack.use(await FaultyProxy.start(withPasswords.url));
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const auths = {
    [withPasswords.host]: { auth: basic(USER, PASSWORD) },
    [withTokens.host]: { auth: basic(USER, PASSWORD) },
  };
  const dockerConfig = await file('config.json', JSON.stringify({ auths }));
  const rotating = await file('rotating', WRONG);
  const token = join(folder, 'token');
  const [username, right, wrong] = [USER, await file('right', `${PASSWORD}\n`), await file('wrong', WRONG)];
  await file('token', 'not-a-token');

  const logins = {
    'file.example': [withPasswords, { username, passwordFile: right }],
    'variable.example': [withPasswords, { username, passwordEnv: 'UPSTREAM_PASSWORD' }],
    'docker-config.example': [withPasswords, { dockerConfig }],
    'rotating.example': [withPasswords, { username, passwordFile: rotating }],
    'redirected.example': [{ url: proxy.origin }, { username, passwordFile: right }],
    'wrong.example': [withPasswords, { username, passwordFile: wrong }],
    'nobody.example': [withPasswords, undefined],
    'anybody-token.example': [withTokens, undefined],
    'user-token.example': [withTokens, { username, passwordFile: right }],
    'docker-config-token.example': [withTokens, { dockerConfig }],
    'token-file.example': [withTokens, { tokenFile: token }],
    'wrong-token.example': [withTokens, { username, passwordFile: wrong }],
  } as const;
  const upstreams = Object.fromEntries(
    Object.entries(logins).map(([host, [{ url }, credentials]]) => [
      host,
      { endpoints: [{ url, ...(credentials && { credentials }) }] },
    ]),
  );
  for (const host of Object.keys(logins)) {
    for (const name of [`private/${host}`, `public/${host}`]) await pushImage(open.url, name, 'v1', imageOf(name));
  }
  const flags = ['--log-level', 'debug'];
  const cache = stack.use(await startCache({ config: { upstreams }, flags, env: { UPSTREAM_PASSWORD: PASSWORD } }));
  return { cache, proxy, tokens, htpasswd, rotating, token };
});

for (const [how, ns] of [
  ['a password in a file', 'file.example'],
  ['a password in a variable', 'variable.example'],
  ['a docker configuration', 'docker-config.example'],
] as const) {
  loginTest(`UP3 UP7 by ${how} what wants a login is pulled`, async ({ cache }) => {
    await assertPulled(cache, { name: `private/${ns}`, ns }, imageOf(`private/${ns}`), /; fwd=miss/);
  });
}

loginTest('UP12 a redirect to a third port is followed, without the login', async ({ cache, proxy }) => {
  const [name, ns] = ['private/redirected.example', 'redirected.example'];
  const layer = imageOf(name).layers[0]!;
  const path = `/v2/${name}/blobs/${layer.digest}`;
  await using elsewhere = await FakeUpstream.start();
  elsewhere.on(`GET ${path}`, blobReply(layer.bytes));
  proxy.when({ path }, { redirectTo: elsewhere.origin });
  await assertPulled(cache, { name, ns }, imageOf(name), /; fwd=miss/);
  assert.deepEqual(
    elsewhere.asked.map(({ method, headers }) => [method, headers.authorization]),
    [['GET', undefined]],
  );
});

for (const [how, ns, name, user] of [
  ['anybody', 'anybody-token.example', 'public/anybody-token.example', undefined],
  ['a user', 'user-token.example', 'private/user-token.example', USER],
  ['the user of a docker configuration', 'docker-config-token.example', 'private/docker-config-token.example', USER],
] as const) {
  loginTest(`UP5 UP6 ${how} pulls with one token of a service on another port`, async ({ cache, tokens }) => {
    tokens.grants.length = 0;
    await assertPulled(cache, { name, ns }, imageOf(name), /; fwd=miss/);
    assert.deepEqual(tokens.grants, [{ method: 'GET', user, scopes: [`repository:${name}:pull`], status: 200 }]);
  });
}

for (const [who, ns, name] of [
  ['wrong password', 'wrong.example', 'private/wrong.example'],
  ['wrong password at the token service', 'wrong-token.example', 'private/wrong-token.example'],
  ['missing login', 'nobody.example', 'private/nobody.example'],
  ['missing login at the token service', 'anybody-token.example', 'private/anybody-token.example'],
] as const) {
  loginTest(`E6 UP7 a ${who} is 403 DENIED, which names the upstream and no secret`, async ({ cache }) => {
    const before = cache.told().length;
    const said: string[] = [];
    for (const path of [
      'manifests/v1',
      `manifests/${imageOf(name).manifest.digest}`,
      `blobs/${imageOf(name).config.digest}`,
    ]) {
      const answer = await cache.ask(`/v2/${name}/${path}?ns=${ns}`);
      const message = assertRefused(answer, { status: 403, code: 'DENIED', message: /401 denied/ });
      assert.ok(message.startsWith(`${ns}: `), message);
      said.push(message);
      assert.ok(!answer.headers.has('www-authenticate'));
      for (const secret of SECRETS) assert.ok(!message.includes(secret));
    }
    await eventually('each is logged', () => {
      const told = new Set(cache.told().map(({ message }) => message));
      return said.every((message) => told.has(message));
    });
    const told = cache.told().slice(before);
    assert.equal(told.filter(({ message }) => message.includes('credentials')).length, who.startsWith('wrong') ? 1 : 0);
    for (const secret of SECRETS) assert.ok(!JSON.stringify(told).includes(secret));
    assert.deepEqual(
      [...(await cache.kept())].filter((digest) => digest === imageOf(name).manifest.digest),
      [],
    );
  });
}

loginTest('UP3 a password that is replaced in its file is taken up', async ({ cache, rotating, htpasswd }) => {
  const [name, ns] = ['private/rotating.example', 'rotating.example'];
  assertRefused(await cache.ask(`/v2/${name}/manifests/v1?ns=${ns}`), { status: 403, code: 'DENIED' });
  await replace(rotating, PASSWORD);
  await assertPulled(cache, { name, ns }, imageOf(name), /; fwd=miss/);
  // The registry wants another one from now on, and the one that worked so far works no more.
  await run(tool('htpasswd'), ['-Bbc', htpasswd, USER, NEXT]);
  const other = imageOf('public/rotating.example');
  const ask = () => cache.ask(`/v2/public/rotating.example/manifests/v1?ns=${ns}`);
  assertRefused(await ask(), { status: 403, code: 'DENIED' });
  await replace(rotating, NEXT);
  await assertPulled(cache, { name: 'public/rotating.example', ns }, other, /; fwd=miss/);
  await run(tool('htpasswd'), ['-Bbc', htpasswd, USER, PASSWORD]);
});

loginTest('UP3 a token that is replaced in its file is taken up', async ({ cache, token, tokens }) => {
  const [name, ns] = ['private/token-file.example', 'token-file.example'];
  assertRefused(await cache.ask(`/v2/${name}/manifests/v1?ns=${ns}`), { status: 403, code: 'DENIED' });
  const query = new URLSearchParams({ service: tokens.service, scope: `repository:${name}:pull` });
  const authorization = `Basic ${basic(USER, PASSWORD)}`;
  const granted = await fetch(`${tokens.realm}?${query.toString()}`, { headers: { authorization } });
  const { token: fresh } = (await granted.json()) as { token: string };
  await replace(token, fresh);
  await assertPulled(cache, { name, ns }, imageOf(name), /; fwd=miss/);
  await untilKept(cache, imageOf(name));
});

/** At once, as secrets are replaced where they are mounted. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.next`, content);
  await rename(`${path}.next`, path);
}
