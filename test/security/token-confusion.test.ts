import assert from 'node:assert/strict';
import { createHmac, createPublicKey, createSign, KeyObject, type webcrypto } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { CompactEncrypt, exportJWK, generateKeyPair } from 'jose';
import { Tokens } from '../../api/auth/tokens.ts';

// What test/api/auth/tokens.test.ts says of a token that is wrong in one honest way, here of tokens that are made to be taken for right.

const OPTIONS = { realm: 'https://auth.test/token', service: 'registry', issuer: 'auth' };
const NOW = 1_900_000_000;
const claims = {
  iss: 'auth',
  aud: 'registry',
  sub: 'alice',
  exp: NOW + 60,
  access: [{ type: 'repository', name: 'team/app', actions: ['pull'] }],
};
type Header = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const toSign = (header: Header | string, payload: unknown): string => `${encode(header)}.${encode(payload)}`;

describe('a token that is made to be taken for one of ours', () => {
  let tokens: Tokens;
  let publicKey: KeyObject;
  let privateKey: KeyObject;
  let evil: { readonly privateKey: KeyObject; readonly jwk: webcrypto.JsonWebKey };

  before(async () => {
    const make = async () => {
      const pair = await generateKeyPair('RS256', { extractable: true });
      const jwk = await exportJWK(pair.publicKey);
      return { jwk, publicKey: createPublicKey({ key: jwk, format: 'jwk' }), pair };
    };
    const [ours, theirs] = await Promise.all([make(), make()]);
    publicKey = ours.publicKey;
    privateKey = KeyObject.from(ours.pair.privateKey);
    evil = {
      privateKey: KeyObject.from(theirs.pair.privateKey),
      jwk: theirs.jwk,
    };
    tokens = new Tokens(OPTIONS, { keys: [{ ...ours.jwk, kid: 'a' }] }, () => NOW * 1000);
  });

  const sign = (header: Header | string, payload: unknown, key = privateKey): string => {
    const text = toSign(header, payload);
    return `${text}.${createSign('sha256').update(text).sign(key).toString('base64url')}`;
  };
  const hmac = (header: Header, secret: string | Buffer): string => {
    const text = toSign(header, claims);
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const right = { alg: 'RS256', kid: 'a' };

  test('is told from one that is', async () => {
    assert.deepEqual((await tokens.rightsOf(sign(right, claims)))?.repositories, ['team/app']);
  });

  const rows: Readonly<Record<string, () => string | Promise<string>>> = {
    'HS256 with the public key as PEM': () =>
      hmac({ alg: 'HS256', kid: 'a' }, publicKey.export({ type: 'spki', format: 'pem' })),
    'HS256 with the public key as PKCS#1': () =>
      hmac({ alg: 'HS256', kid: 'a' }, publicKey.export({ type: 'pkcs1', format: 'pem' })),
    'HS256 with the public key as DER': () =>
      hmac({ alg: 'HS256', kid: 'a' }, publicKey.export({ type: 'spki', format: 'der' })),
    'HS256 with no secret at all': () => hmac({ alg: 'HS256', kid: 'a' }, ''),
    'alg none with a signature left on': () => {
      const [, , signature] = sign(right, claims).split('.');
      return `${toSign({ alg: 'none', kid: 'a' }, claims)}.${signature}`;
    },
    'alg none in odd letters': () => `${toSign({ alg: 'nOnE', kid: 'a' }, claims)}.`,
    'no alg': () => sign({ kid: 'a' }, claims),
    'an empty signature': () => `${toSign(right, claims)}.`,
    'a signature of zeros': () => `${toSign(right, claims)}.${Buffer.alloc(256).toString('base64url')}`,
    'ES256 with r and s of zero': () =>
      `${toSign({ alg: 'ES256', kid: 'a' }, claims)}.${Buffer.alloc(64).toString('base64url')}`,
    'an embedded key under our name': () => sign({ ...right, jwk: { ...evil.jwk, kid: 'a' } }, claims, evil.privateKey),
    'an embedded certificate': () => sign({ ...right, x5c: ['MIIB'], x5t: 'AA' }, claims, evil.privateKey),
    'keys at a place that it names': () =>
      sign({ ...right, jku: 'file:///dev/null', x5u: 'http://127.0.0.1/' }, claims, evil.privateKey),
    'the kid of a path': () => sign({ alg: 'RS256', kid: '../../../../dev/null' }, claims),
    'the kid of a list': () => sign({ alg: 'RS256', kid: ['a'] }, claims),
    'the kid of other letters': () => sign({ alg: 'RS256', kid: 'A' }, claims),
    'an unencoded payload': () => sign({ ...right, b64: false, crit: ['b64'] }, claims),
    'an encrypted envelope': () =>
      new CompactEncrypt(Buffer.from(sign(right, claims)))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'a' })
        .encrypt(publicKey),
    'a second payload behind the signed one': () => `${sign(right, claims)}.${encode(claims)}`,
    'a list of audiences as text': () => sign(right, { ...claims, aud: 'registry,other' }),
    'an audience that begins with ours': () => sign(right, { ...claims, aud: 'registry.evil.test' }),
    'an audience in other letters': () => sign(right, { ...claims, aud: 'Registry' }),
    'a list of issuers': () => sign(right, { ...claims, iss: ['auth'] }),
    'an issuer with a slash': () => sign(right, { ...claims, iss: 'auth/' }),
    'an end as text': () => sign(right, { ...claims, exp: String(NOW + 60) }),
    'no end of time': () => sign(right, { ...claims, exp: null }),
    'a beginning as text': () => sign(right, { ...claims, nbf: '0' }),
    'claims that are a list': () => sign(right, [claims]),
    'claims that are no JSON': () => sign(right, 'alice'),
  };
  for (const [name, make] of Object.entries(rows)) {
    test(`by ${name} is not valid`, async () => assert.equal(await tokens.rightsOf(await make()), undefined));
  }

  test('is not valid after the one that it was made of was, whatever part of that it keeps', async () => {
    const token = sign(right, claims);
    assert.ok(await tokens.rightsOf(token));
    const [header, , signature] = token.split('.');
    assert.equal(await tokens.rightsOf(`${header}.${encode({ ...claims, sub: 'root' })}.${signature}`), undefined);
    assert.ok(await tokens.rightsOf(token));
  });
});
