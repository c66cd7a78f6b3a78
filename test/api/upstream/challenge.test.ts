import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges, type Challenge } from '../../../api/upstream/challenge.ts';

type Plain = readonly [scheme: string, params: Readonly<Record<string, string>>];
const plain = ({ scheme, params }: Challenge): Plain => [scheme, Object.fromEntries(params)];

const TOKEN_CHARACTERS = Array.from("abcXYZ019!#$%&'*+-.^_`|~");
const token = fc
  .array(fc.constantFrom(...TOKEN_CHARACTERS), { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(''));
// What stands in a header: no control characters.
const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
const separator = fc.constantFrom(',', ', ', ' , ', ',,', ',\t');

/** A line of challenges in some of the spellings that RFC 9110 allows, and what it says. */
const line = fc
  .array(
    fc.record({
      scheme: token,
      params: fc.uniqueArray(
        fc.record({ name: token, value, quote: fc.boolean(), equals: fc.constantFrom('=', ' = ') }),
        { minLength: 1, maxLength: 4, selector: ({ name }) => name.toLowerCase() },
      ),
      separator,
    }),
    { maxLength: 3 },
  )
  .map((challenges) => ({
    text: challenges
      .map(({ scheme, params, separator: comma }) => {
        const written = params.map(({ name, value: text, quote, equals }) => {
          const bare = !quote && /^[^\s,"]+$/.test(text);
          return `${name}${equals}${bare ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`}`;
        });
        return `${scheme} ${written.join(comma)}`;
      })
      .join(', '),
    says: challenges.map(({ scheme, params }): Plain => [
      scheme.toLowerCase(),
      Object.fromEntries(params.map(({ name, value: text }) => [name.toLowerCase(), text])),
    ]),
  }));

describe('UP4 WWW-Authenticate', () => {
  const cases: readonly [what: string, lines: readonly string[], says: readonly Plain[]][] = [
    [
      'Docker Hub',
      ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/a:pull"'],
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:library/a:pull',
          },
        ],
      ],
    ],
    ['any case', ['BASIC Realm="x"'], [['basic', { realm: 'x' }]]],
    [
      'bare values, URLs too',
      ['Bearer realm=https://a/b?c=d,service=s'],
      [['bearer', { realm: 'https://a/b?c=d', service: 's' }]],
    ],
    [
      'several in one line',
      ['Negotiate, Basic realm="a, b", Bearer realm="c",service="d"'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'a, b' }],
        ['bearer', { realm: 'c', service: 'd' }],
      ],
    ],
    [
      'several lines',
      ['Basic realm="a"', 'Bearer realm="b"'],
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    [
      'a token in place of parameters',
      ['NTLM TlRMTVNTUAAB==, Basic realm="x"'],
      [
        ['ntlm', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['escaped quotes', ['Basic realm="say \\"hi\\""'], [['basic', { realm: 'say "hi"' }]]],
    ['a quote that does not end', ['Basic realm="x'], [['basic', { realm: 'x' }]]],
    ['the first of two', ['Bearer realm="a",realm="b"'], [['bearer', { realm: 'a' }]]],
    ['garbage around', ['"?", ;;, Bearer realm="a", =, "x"'], [['bearer', { realm: 'a' }]]],
    ['nothing', ['', ' , '], []],
  ];
  for (const [what, lines, says] of cases) {
    test(`is read: ${what}`, () => assert.deepEqual(parseChallenges(lines).map(plain), says));
  }

  test('is read back however it is written', () => {
    fc.assert(fc.property(line, ({ text, says }) => assert.deepEqual(parseChallenges([text]).map(plain), says)));
  });

  test('of any other text gives lower-case names and no error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const { scheme, params } of parseChallenges([text, `Bearer ${text}`])) {
          assert.equal(scheme, scheme.toLowerCase());
          for (const name of params.keys()) assert.match(name, /^[^A-Z\s,="]+$/);
        }
      }),
    );
  });
});
