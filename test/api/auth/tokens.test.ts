import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createHmac, type KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose';
import { Tokens } from '../../../api/auth/tokens.ts';

const OPTIONS = { realm: 'https://auth.test/token', service: 'registry', issuer: 'auth' };
const NOW = 1_900_000_000;
const seconds = (offset: number): number => NOW + offset;

interface Key {
  readonly privateKey: CryptoKey | KeyObject;
  readonly jwk: JWK;
}

async function makeKey(alg: string, kid?: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) } };
}

const claims = {
  iss: 'auth',
  aud: 'registry',
  sub: 'alice',
  exp: seconds(60),
  nbf: seconds(-60),
  access: [{ type: 'repository', name: 'team/app', actions: ['pull'] }],
};

const sign = (key: Key, payload: object = claims, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
  new SignJWT({ ...payload })
    .setProtectedHeader({ alg: 'ES256', ...(key.jwk.kid !== undefined && { kid: key.jwk.kid }), ...header })
    .sign(key.privateKey);

describe('a token', () => {
  let key: Key;
  let other: Key;
  let tokens: Tokens;
  let now = NOW;
  before(async () => {
    [key, other] = await Promise.all([makeKey('ES256', 'a'), makeKey('ES256', 'a')]);
    tokens = new Tokens(OPTIONS, { keys: [key.jwk] }, () => now * 1000);
  });

  test('says who it is for and what that may do', async () => {
    const access = [
      { type: 'repository', name: 'team/app', actions: ['pull', 'push'] },
      { type: 'repository', name: 'team/all', actions: ['*'] },
      { type: 'repository', name: 'team/push', actions: ['push'] },
      { type: 'repository(plugin)', name: 'team/plugin', actions: ['pull'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
      { type: 'repository', actions: ['pull'] },
      'pull',
      null,
    ];
    assert.deepEqual(await tokens.rightsOf(await sign(key, { ...claims, access })), {
      user: 'alice',
      repositories: ['team/app', 'team/all'],
      catalog: true,
      expires: seconds(60),
    });
  });

  test('for anybody, without access, or with an access that is none, is valid and allows nothing', async () => {
    const nothing = { user: undefined, repositories: [], catalog: false, expires: seconds(60) };
    for (const access of [undefined, 'all', {}, [[]]]) {
      assert.deepEqual(await tokens.rightsOf(await sign(key, { ...claims, sub: '', access })), nothing);
    }
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const rows: Readonly<Record<string, () => string | Promise<string>>> = {
    'signed with another key of the same name': () => sign(other),
    'signed with a key that it brings along': () => sign(other, claims, { jwk: other.jwk }),
    'signed with a key that it says where to find': () =>
      sign(other, claims, { jku: 'https://evil.test/keys', x5u: 'https://evil.test/cert' }),
    'that names a key that is not here': () => sign(key, claims, { kid: 'b' }),
    'that is not signed': () => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    'that is not signed, and says so otherwise': () => `${encode({ alg: 'None', kid: 'a' })}.${encode(claims)}.`,
    'signed with the public key as a shared secret': () => {
      const signed = `${encode({ alg: 'HS256', kid: 'a' })}.${encode(claims)}`;
      return `${signed}.${createHmac('sha256', JSON.stringify(key.jwk)).update(signed).digest('base64url')}`;
    },
    'with an extension that must be understood': () => sign(key, claims, { crit: ['x'], x: 1 }).catch(() => 'a.b.c'),
    'of another issuer': () => sign(key, { ...claims, iss: 'other' }),
    'for another service': () => sign(key, { ...claims, aud: 'other' }),
    'for nobody': () => sign(key, { ...claims, aud: undefined }),
    'that never ends': () => sign(key, { ...claims, exp: undefined }),
    'that has ended': () => sign(key, { ...claims, exp: seconds(-31) }),
    'that has not begun': () => sign(key, { ...claims, nbf: seconds(31) }),
    'that was changed': async () => (await sign(key)).replace(/\.[^.]+\./, `.${encode({ ...claims, sub: 'root' })}.`),
    'that is none': () => 'x',
  };
  for (const [name, make] of Object.entries(rows)) {
    test(`${name} is not valid`, async () => assert.equal(await tokens.rightsOf(await make()), undefined));
  }

  test('is taken though clocks differ a little', async () => {
    const token = await sign(key, { ...claims, exp: seconds(-20), nbf: seconds(20) });
    assert.ok(await tokens.rightsOf(token));
  });

  test('that was valid is not any more once it has ended', async () => {
    const token = await sign(key, { ...claims, exp: seconds(10) });
    assert.ok(await tokens.rightsOf(token));
    now = seconds(41);
    assert.equal(await tokens.rightsOf(token), undefined);
    now = NOW;
  });

  test('may be for several services', async () => {
    assert.ok(await tokens.rightsOf(await sign(key, { ...claims, aud: ['x', 'registry'] })));
  });

  test('needs to name its key where there are several', async () => {
    const second = await makeKey('ES256', 'b');
    const several = new Tokens(OPTIONS, { keys: [key.jwk, second.jwk] }, () => NOW * 1000);
    assert.ok(await several.rightsOf(await sign(second)));
    const { kid: _, ...jwk } = second.jwk;
    assert.equal(await several.rightsOf(await sign({ ...second, jwk })), undefined);
  });

  test('that names no key is held against the only one', async () => {
    const { kid: _, ...jwk } = key.jwk;
    assert.ok(await tokens.rightsOf(await sign({ ...key, jwk })));
  });

  for (const alg of ['ES384', 'RS256', 'PS512', 'EdDSA']) {
    test(`may be signed by ${alg}`, async () => {
      const one = await makeKey(alg);
      const only = new Tokens(OPTIONS, { keys: [one.jwk] }, () => NOW * 1000);
      assert.ok(await only.rightsOf(await sign(one, claims, { alg })));
    });
  }
});
