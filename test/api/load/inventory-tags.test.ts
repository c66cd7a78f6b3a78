import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { problemsOf, readInventory, withTag } from '../../support/inventories.ts';

describe('a tag without quotes', () => {
  const mangled: readonly (readonly [plain: string, reading: string])[] = [
    ['7', 'the number 7'],
    ['010', 'the number 8 or 10'],
    ['08', 'the number 8'],
    ['0o14', 'the number 12'],
    ['0x1F', 'the number 31'],
    ['0b11', 'the number 3'],
    ['1_0', 'the number 10'],
    ['20240101', 'the number 20240101'],
    ['3.10', 'the number 3.1'],
    ['1.', 'the number 1'],
    ['1_0.5', 'the number 10.5'],
    ['1e3', 'the number 1000'],
    ['12e4567', 'the number Infinity'],
    ['1.5e-3', 'the number 0.0015'],
    ['2020-02-02', 'a date'],
    ['2020-2-2', 'a date'],
    ...['yes', 'Yes', 'YES', 'y', 'Y', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map(
      (text) => [text, 'the boolean true'] as const,
    ),
    ...['no', 'No', 'NO', 'n', 'N', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map(
      (text) => [text, 'the boolean false'] as const,
    ),
    ...['null', 'Null', 'NULL'].map((text) => [text, 'null'] as const),
  ];
  for (const [plain, reading] of mangled) {
    test(`${plain} is ${reading} to some reader`, () => {
      assert.deepEqual(problemsOf(withTag(plain)), [
        `inventory.yaml:4: the tag ${plain} is read as ${reading}: write "${plain}"`,
      ]);
      assert.deepEqual(readInventory(withTag(`"${plain}"`)), [`docker.io/library/x:${plain}`]);
      assert.deepEqual(readInventory(withTag(`'${plain}'`)), [`docker.io/library/x:${plain}`]);
      assert.deepEqual(readInventory(withTag(`!!str ${plain}`)), [`docker.io/library/x:${plain}`]);
    });
  }

  for (const [plain, reading] of [
    ['1:30', 'the number 90'],
    ['190:20:30.15', 'the number 685230.15'],
    ['~', 'null'],
    ['.inf', 'a number'],
    ['-.INF', 'a number'],
    ['.nan', 'a number'],
    ['-7', 'the number -7'],
    ['2001-12-14t21:59:43.10-05:00', 'a date'],
    ['2001-12-14 21:59:43', 'a date'],
    ['=', 'a default value'],
    ['<<', 'a merge key'],
  ] as const) {
    test(`${plain} is ${reading}, and no tag with quotes either`, () => {
      const [problem = '', ...others] = problemsOf(withTag(plain));
      assert.ok(
        problem.startsWith(`inventory.yaml:4: the tag ${plain} is read as ${reading}, and "${plain}" is `),
        problem,
      );
      assert.deepEqual(others, []);
    });
  }

  test('one that is not there is told', () => {
    assert.deepEqual(problemsOf(withTag('')), ['inventory.yaml:4: the tag is empty']);
  });

  test('one with the tag of another type is told', () => {
    assert.deepEqual(problemsOf(withTag('!!int "7"')), ['inventory.yaml:4: the tag "7" is read as !!int: write "7"']);
    assert.deepEqual(problemsOf(withTag('!mine v1')), ['inventory.yaml:4: the tag "v1" is read as !mine: write "v1"']);
  });

  test('one that every reader takes for a text is fine', () => {
    for (const tag of [
      '1.6.6',
      'v2.15.2',
      '1.16.1-alpine',
      'alpine',
      '3-alpine',
      '2020-02-02-1',
      '1.2.3.4',
      'yes-1',
      '_1',
      'v',
      'e',
      '0xg',
      'latest',
    ]) {
      assert.deepEqual(readInventory(withTag(tag)), [`docker.io/library/x:${tag}`]);
    }
  });

  // Half of them near what readers mangle.
  const tags = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/),
    fc.stringMatching(/^[0-9_][0-9._exo-]{0,6}$/),
    fc.stringMatching(/^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$/),
    fc.stringMatching(/^[0-9a-f]{7}$/),
    fc.constantFrom('yes', 'no', 'on', 'off', 'true', 'false', 'null', 'y', 'n').map((word) => word.toUpperCase()),
  );

  test('is itself or an error, and never another tag; with quotes it is itself', () => {
    fc.assert(
      fc.property(tags, (tag) => {
        const itself = [`docker.io/library/x:${tag}`];
        assert.deepEqual(readInventory(withTag(`"${tag}"`)), itself);
        assert.deepEqual(readInventory(JSON.stringify({ images: [{ name: 'x', tags: [tag] }] })), itself);
        const readers = (['1.1', '1.2'] as const).map(
          (version) => parse(tag, { version, logLevel: 'silent' }) as unknown,
        );
        const problems = problemsOf(withTag(tag));
        if (readers.some((value) => value !== tag)) assert.match(problems[0] ?? '', / is read as /, tag);
        else if (problems.length === 0) assert.deepEqual(readInventory(withTag(tag)), itself);
      }),
      { numRuns: 2000 },
    );
  });
});
