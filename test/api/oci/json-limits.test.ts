import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonExcess } from '../../../api/oci/json-limits.ts';

const excess = (text: string): string | undefined => jsonExcess(Buffer.from(text));
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('JSON of strangers', () => {
  test('that is shallow may be parsed, whatever is in it', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 20 }), (text) => assert.equal(excess(text), undefined)));
  });

  test('may have brackets and quotes in its texts', () => {
    for (const text of ['['.repeat(200), '"'.repeat(200), '\\'.repeat(201), '{"'.repeat(100)]) {
      assert.equal(excess(JSON.stringify({ [text]: text })), undefined);
    }
  });

  test('may be a hundred deep, and no more, in lists, objects, or both by turns', () => {
    assert.equal(excess(nested(100)), undefined);
    assert.equal(excess(`[${Array.from({ length: 1_000 }, () => '[[]]').join()}]`), undefined);
    for (const text of [nested(101), '{"a":'.repeat(101), '[{"a":'.repeat(51), `{"a":[],"b":${nested(100)}}`]) {
      assert.equal(excess(text), 'JSON nested more than 100 deep');
    }
  });

  test('may have two million values, as an index.json of a hundred thousand tags and more', () => {
    const list = (count: number): string => `[${'0,'.repeat(count - 1)}0]`;
    assert.equal(excess(list(2_000_000)), undefined);
    assert.equal(excess(list(2_000_001)), 'JSON of more than 2000000 values');
  });

  test('that ends early, or is none, ends here too', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void jsonExcess(bytes)));
    for (const text of ['"', '"\\', '"\\"', '{"a', '[']) assert.equal(excess(text), undefined);
  });
});
