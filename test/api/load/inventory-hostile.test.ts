import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { looksLikeInventory } from '../../../api/load/inventory.ts';
import { MAX_LIST_BYTES } from '../../../api/load/problems.ts';
import { problemsOf } from '../../support/inventories.ts';

describe('hostile inventories', () => {
  test('any text is an inventory, or is told to be none', () => {
    const word = fc.constantFrom(
      'images:',
      '- ',
      'name: a',
      'tags: ',
      '[v1, ',
      ']',
      '{',
      '}',
      '\n',
      '  ',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'",
      '|',
      '!!int ',
      '%',
      '---\n',
      '\t',
      '#',
      '?',
      ': ',
      ',',
      'reexported_images:',
      '\u0000',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        problemsOf(text);
        looksLikeInventory(text);
      }),
      { numRuns: 1000 },
    );
  });

  const chain = (levels: number, width: number, level: (before: string) => string): string =>
    Array.from(
      { length: levels },
      (_, i) => `x-${i + 1}: &a${i + 1} ${level(Array.from({ length: width }, () => `*a${i}`).join(', '))}\n`,
    ).join('');
  const attacks: readonly [what: string, text: string, problem: RegExp][] = [
    ['depth', '['.repeat(100_000), /:1: nested too deeply/],
    ['depth of blocks', 'images:\n' + '- '.repeat(100_000), /:2: nested too deeply/],
    ['length', 'images: [' + 'a,'.repeat(600_000) + ']', /:1: too long/],
    ['size', '#'.repeat(MAX_LIST_BYTES + 1), /more than 16777216 bytes/],
    [
      'entries repeated by aliases',
      `x-e: &e {name: a, tags: [${'v,'.repeat(2000)}]}\nimages: [${'*e,'.repeat(2000)}]`,
      /too much is repeated by aliases/,
    ],
    [
      'merges that double',
      `x-0: &a0 {name: a, tags: []}\n${chain(30, 2, (before) => `{<<: [${before}]}`)}images: [*a30]`,
      /too much is repeated|merged into each other/,
    ],
    [
      'a chain of merges',
      `x-0: &a0 {name: a, tags: []}\n${chain(2000, 1, (before) => `{<<: ${before}}`)}images: [*a2000]`,
      /more than 32 mappings are merged into each other/,
    ],
    ['a mapping merged into itself', 'images:\n- &a {<<: *a, name: a, tags: []}', /merged into each other/],
    ['a list of itself', 'images: &a [*a]', /an entry is a mapping with name and tags, not a list/],
    ['variables in a circle', 'all: &a {vars: *a, list: &l [*a, *l]}', /neither "images"/],
    ['errors without end', ']'.repeat(10_000), /not YAML/],
  ];
  for (const [what, text, problem] of attacks) {
    test(what, () => assert.match(problemsOf(text)[0] ?? '', problem));
  }

  test('a chain of aliases is no deep one', () => {
    assert.deepEqual(problemsOf(`a0: &a0 {}\n${chain(2000, 1, (before) => `{b: ${before}}`)}`), [
      'inventory.yaml:1: neither "images" nor "reexported_images" is in it',
    ]);
  });

  test('a hundred thousand keys are compared in no time', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: v\n`).join('');
    assert.equal(problemsOf(keys).length, 1);
  });
});
