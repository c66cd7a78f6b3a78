import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { certificateUser } from '../../../api/auth/certificate-user.ts';
import { parseAuthorization } from '../../../api/auth/credentials.ts';

const basic = (pair: string | Buffer): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('Authorization', () => {
  for (const [name, header, expected] of [
    ['none', undefined, { kind: 'none' }],
    ['U8 an empty user and password are none', 'Basic Og==', { kind: 'none' }],
    ['a pair', basic('alice:s:e c'), { kind: 'basic', user: 'alice', password: 's:e c' }],
    ['any case of the scheme', basic('a:b').replace('Basic', 'bAsIc'), { kind: 'basic', user: 'a', password: 'b' }],
    ['UTF-8', basic('zoë:pässword'), { kind: 'basic', user: 'zoë', password: 'pässword' }],
    ['an empty password alone', basic('alice:'), { kind: 'basic', user: 'alice', password: '' }],
    ['a token', 'Bearer abc.def-_~+/==', { kind: 'bearer', token: 'abc.def-_~+/==' }],
    ['no colon', basic('alice'), { kind: 'malformed' }],
    ['a zero, where bcrypt would end', basic('alice:secret\0x'), { kind: 'malformed' }],
    ['what is not UTF-8', basic(Buffer.from([0x61, 0x3a, 0xff])), { kind: 'malformed' }],
    ['what is not base64', 'Basic ?', { kind: 'malformed' }],
    ['another scheme', 'Digest username="alice"', { kind: 'malformed' }],
    ['two of them in one line', 'Basic YTpi, Bearer x', { kind: 'malformed' }],
    ['nothing but a scheme', 'Bearer', { kind: 'malformed' }],
    ['an empty header', '', { kind: 'malformed' }],
  ] as const) {
    test(name, () => assert.deepEqual(parseAuthorization(header), expected));
  }

  test('any pair is read as it was written', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => !/\p{Cc}/u.test(each));
    fc.assert(
      fc.property(text, text, (user, password) => {
        fc.pre(!user.includes(':'));
        assert.deepEqual(parseAuthorization(basic(`${user}:${password}`)), { kind: 'basic', user, password });
      }),
    );
  });
});

describe("the user of a client's certificate", () => {
  const certificate = {
    subject: { CN: 'alice' } as never,
    subjectaltname: 'DNS:node1.example, email:bob@example, URI:spiffe://example/ci',
  };
  for (const [field, user] of [
    ['commonName', 'alice'],
    ['dns', 'node1.example'],
    ['email', 'bob@example'],
    ['uri', 'spiffe://example/ci'],
  ] as const) {
    test(`is its ${field}`, () => assert.equal(certificateUser(certificate, field), user));
  }

  test('is nobody when there is none, or more than one', () => {
    assert.equal(certificateUser({}, 'commonName'), undefined);
    assert.equal(certificateUser({ subject: { CN: ['alice', 'root'] } }, 'commonName'), undefined);
    assert.equal(certificateUser({ subjectaltname: 'DNS:a, DNS:b' }, 'dns'), undefined);
  });

  test('is nobody when a name pretends to be several', () => {
    assert.equal(certificateUser({ subjectaltname: 'URI:"x, email:root@example"' }, 'email'), undefined);
  });
});
