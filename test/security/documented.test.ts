import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** What must have a row, whatever else has one. */
const CLASSES = [
  'Traversal',
  'Request smuggling',
  'Header bombs',
  'Slowloris',
  'Range bombs',
  'Regular expressions',
  'Decompression',
  'SSRF',
  'Credential leaks',
  'Cross-repository reads',
  'Token confusion',
  'Catalog leaks',
  'Admin from outside',
  'Secrets in logs',
  'Metrics cardinality',
  'Hostile upstream',
  'Load',
];

interface Row {
  readonly attack: string;
  readonly rule: string;
  readonly tests: readonly { readonly path: string; readonly name: string }[];
}

const rows: readonly Row[] = [...read('docs/security.md').matchAll(/^\| \*\*(.+?)\*\* *\|(.*)\|(.*)\|$/gm)].map(
  ([, attack = '', rule = '', tests = '']) => ({
    attack,
    rule: rule.trim(),
    tests: [...tests.matchAll(/`([^`]+\.test\.ts)`((?:,? “[^”]+”)+)/g)].flatMap(([, path = '', names = '']) =>
      [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ path, name })),
    ),
  }),
);

/** Where a test or a suite is begun by this name, as its file has it. */
function hasTest(source: string, name: string): boolean {
  const begun = /(?:describe|test|Test)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
  return [...source.matchAll(begun)].some(([, single, double, template]) =>
    (single ?? double ?? template ?? '').startsWith(name),
  );
}

describe('the table of attacks', () => {
  test('has every class, each with a rule and a test', () => {
    const missing = CLASSES.filter((attack) => !rows.some((row) => row.attack === attack));
    assert.deepEqual(missing, []);
    for (const { attack, rule, tests } of rows) {
      assert.ok(rule.length > 10, `${attack} has a rule`);
      assert.ok(tests.length > 0, `${attack} has a test`);
    }
  });

  for (const { attack, tests } of rows) {
    test(`of ${attack} names tests that there are`, () => {
      for (const { path, name } of tests) {
        assert.ok(existsSync(new URL(path, root)), path);
        assert.ok(hasTest(read(path), name), `${path}: ${name}`);
      }
    });
  }

  test('names every file of test/security', () => {
    const own = fileURLToPath(import.meta.url);
    const named = new Set(rows.flatMap(({ tests }) => tests.map(({ path }) => path)));
    const files = readdirSync(new URL('test/security/', root)).filter((file) => file.endsWith('.test.ts'));
    const unnamed = files.filter((file) => !own.endsWith(`/${file}`) && !named.has(`test/security/${file}`));
    assert.deepEqual(unnamed, []);
  });
});
