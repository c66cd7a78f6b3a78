import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHtpasswd } from '../../../api/auth/htpasswd.ts';
import { InvalidAuthFile } from '../../../api/auth/invalid-auth-file.ts';
import { parseJwks } from '../../../api/auth/jwks.ts';

const HASH = `$2y$05$${'a'.repeat(53)}`;

const problemsOf = (parse: () => unknown): readonly string[] => {
  try {
    parse();
  } catch (err) {
    if (err instanceof InvalidAuthFile) return err.problems;
    throw err;
  }
  return [];
};

describe('a password file', () => {
  test('may have comments, blank lines, Windows line ends, a byte order mark, and all three names of bcrypt', () => {
    const [a, b] = [HASH.replace('2y', '2a'), HASH.replace('2y', '2b')];
    const text = `\uFEFF# users\r\n\r\nalice:${HASH}\r\n  bob:${a}  \nc d:${b}`;
    assert.deepEqual([...parseHtpasswd(text, 'users')], [['alice', HASH], ['bob', a], ['c d', b]]); // prettier-ignore
  });

  test('with nothing in it has no users', () => assert.equal(parseHtpasswd('\n# none yet\n', 'users').size, 0));

  test('is told all that is wrong in it, by line, without a hash', () => {
    const md5 = '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/';
    const text = [
      `alice:${HASH}`,
      `bob:${md5}`,
      'carol',
      `:${HASH}`,
      `alice:${HASH}`,
      `dave:${HASH.replace('05', '31')}`,
      'erin:plain',
      `f\u0000:${HASH}`,
    ].join('\n');
    const notBcrypt = 'not a bcrypt hash, which is the only kind taken: htpasswd -B makes them';
    assert.deepEqual(
      problemsOf(() => parseHtpasswd(text, 'users')),
      [
        `users:2: "bob": ${notBcrypt}`,
        'users:3: not user:hash',
        'users:4: no user before the colon',
        'users:5: "alice" is here twice',
        'users:6: "dave": a cost of 31: 4 to 16 is taken',
        `users:7: "erin": ${notBcrypt}`,
        'users:8: the user has control characters',
      ],
    );
  });
});

describe('a file of keys', () => {
  const ec = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
  for (const [name, value, problem] of [
    ['without keys', { keys: [] }, 'keys.json: no list of keys'],
    ['that is a key itself', ec, 'keys.json: no list of keys'],
    [
      'with a shared secret',
      { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] },
      'keys.json: keys[0]: allowed kty: EC, RSA, OKP',
    ],
    ['with a private key', { keys: [{ ...ec, d: 'secret' }] }, 'keys.json: keys[0]: a private key: only the public part belongs here'], // prettier-ignore
    ['with a key for encryption', { keys: [{ ...ec, use: 'enc' }] }, 'keys.json: keys[0]: not for signatures (use)'],
    ['with several keys, one without a kid', { keys: [ec, { ...ec, kid: 'b' }] }, 'keys.json: keys[0]: needs a kid, as there are several keys'], // prettier-ignore
  ] as const) {
    test(`${name} is refused`, () => {
      assert.deepEqual(
        problemsOf(() => parseJwks(JSON.stringify(value), 'keys.json')),
        [problem],
      );
    });
  }

  test('with a kid twice, with another algorithm, or that is not JSON, is refused', () => {
    const twice = { keys: [{ ...ec, kid: 'a' }, { ...ec, kid: 'a' }] }; // prettier-ignore
    assert.equal(problemsOf(() => parseJwks(JSON.stringify(twice), 'k')).length, 2);
    assert.match(
      problemsOf(() => parseJwks(JSON.stringify({ keys: [{ ...ec, alg: 'HS256' }] }), 'k'))[0]!,
      /allowed alg/,
    );
    assert.deepEqual(
      problemsOf(() => parseJwks('{"secret', 'k')),
      ['k: not JSON'],
    );
  });
});
