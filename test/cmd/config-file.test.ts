import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseText, problemsOf } from './config-texts.ts';

describe('a configuration file', () => {
  test('may have nothing in it', () => {
    for (const text of ['', '# nothing\n', '---\n', 'null', '{}']) assert.deepEqual(parseText(text).upstreams, []);
  });

  test('may begin with a byte order mark, end its lines as Windows does, be JSON, and repeat itself by anchors', () => {
    assert.deepEqual(parseText('\ufeffimages: /x\r\ncatalog: false\r\n').textsOf('images'), ['/x']);
    assert.deepEqual(parseText('{"listen": {"port": 7}}').textsOf('listen.port'), ['7']);
    const anchored = parseText(
      'upstreams:\n  a.io: &a { staleIfError: false }\n  b.io: { <<: *a, bandwidth: 1MB/s }\n',
    );
    assert.deepEqual(
      anchored.upstreams.map(({ staleIfError }) => staleIfError),
      [false, false],
    );
  });

  /** Pieces that configurations are made of, and pieces that break them. */
  const piece = fc.constantFrom(
    ...[
      'images',
      'upstreams',
      'docker.io',
      'endpoints',
      'url',
      'credentials',
      'tags',
      'match',
      'cache',
      'pins',
      '__proto__',
    ],
    ...[
      ': ',
      ':\n  ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '"',
      "'",
      '&a ',
      '*a',
      '<<',
      '|',
      '!!str ',
      '\t',
      '---\n',
      '0',
      '10s',
      'true',
      '~',
    ],
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  );
  const anyJson = fc.jsonValue().map((value) => JSON.stringify(value));

  test('of any text or bytes at all is read, or refused with all that is wrong', () => {
    const reads = (input: string | Uint8Array) => {
      for (const problem of problemsOf(input)) assert.match(problem, /^c\.yaml(?::\d+)?: ./s);
    };
    fc.assert(fc.property(fc.oneof(anyText, anyJson, fc.uint8Array({ maxLength: 60 })), reads), { numRuns: 2000 });
  });

  test('of any shape below a known key is read, or refused with its key', () => {
    const key = fc.constantFrom('images', 'mounts', 'listen', 'limits', 'upstreams', 'cache', 'log', 'defaultUpstream');
    const property = fc.property(key, fc.jsonValue(), (name, value) => {
      for (const problem of problemsOf(JSON.stringify({ [name]: value })))
        assert.match(problem, new RegExp(`^c\\.yaml:\\d+: ${name}|stands on line`));
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
