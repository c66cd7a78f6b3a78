import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');

/** What the files of a part may import; the first part that a file's path starts with is its own. */
const RULES: readonly (readonly [part: string, may: readonly string[]])[] = [
  ['api/oci/', ['api/oci/']],
  ['api/log.ts', []],
  ['api/clock.ts', []],
  ['api/registry.ts', ['api/oci/']],
  ['api/memory-registry.ts', ['api/oci/', 'api/registry.ts']],
  ['api/union-registry.ts', ['api/oci/', 'api/registry.ts']],
  ['api/usage-registry.ts', ['api/oci/', 'api/registry.ts']],
  ['api/repository-names.ts', ['api/oci/']],
  ['api/named-registry.ts', ['api/oci/', 'api/registry.ts', 'api/repository-names.ts', 'api/union-registry.ts']],
  ['api/archive/', ['api/archive/']],
  ['api/folder/', ['api/folder/', 'api/archive/', 'api/oci/', 'api/registry.ts', 'api/log.ts']],
  ['api/progress.ts', []],
  ['api/store/', ['api/store/', 'api/folder/', 'api/oci/', 'api/log.ts']],
  ['api/prune/', ['api/prune/', 'api/store/', 'api/folder/', 'api/oci/', 'api/log.ts']],
  [
    'api/verify/',
    ['api/verify/', 'api/store/', 'api/archive/', 'api/folder/', 'api/oci/', 'api/log.ts', 'api/progress.ts'],
  ],
  [
    'api/keep/',
    ['api/keep/', 'api/prune/', 'api/verify/', 'api/store/', 'api/folder/', 'api/oci/', 'api/clock.ts', 'api/log.ts'],
  ],
  ['api/upstream/', ['api/upstream/', 'api/oci/', 'api/registry.ts', 'api/clock.ts', 'api/log.ts']],
  [
    'api/load/',
    [
      'api/load/',
      'api/archive/',
      'api/folder/',
      'api/store/',
      'api/oci/',
      'api/registry.ts',
      'api/log.ts',
      'api/progress.ts',
    ],
  ],
  [
    'api/pull/',
    [
      'api/pull/',
      'api/upstream/',
      'api/store/',
      'api/folder/',
      'api/oci/',
      'api/registry.ts',
      'api/union-registry.ts',
      'api/named-registry.ts',
      'api/repository-names.ts',
      'api/log.ts',
    ],
  ],
  ['api/export/', ['api/export/', 'api/oci/', 'api/registry.ts']],
  ['api/sample/', ['api/sample/', 'api/oci/', 'api/registry.ts', 'api/memory-registry.ts']],
  ['api/auth/', ['api/auth/', 'api/oci/', 'api/repository-names.ts']],
  ['api/http/', ['api/http/', 'api/auth/', 'api/oci/', 'api/registry.ts', 'api/log.ts', 'generated/']],
  [
    'api/metrics/',
    [
      'api/metrics/',
      'api/http/access-log.ts',
      'api/http/limits.ts',
      'api/upstream/traffic.ts',
      'api/store/',
      'api/oci/',
      'api/registry.ts',
    ],
  ],
  ['api/admin/', ['api/admin/', 'api/http/', 'api/metrics/', 'api/log.ts', 'generated/']],
  ['generated/', ['generated/', 'api/http/adapter.ts', 'api/admin/adapter.ts']],
  ['cmd/', ['cmd/', 'api/', 'generated/']],
];

type Sources = ReadonlyMap<string, string>;

/** The project's own files that each file imports. */
function importsOf(sources: Sources): Map<string, string[]> {
  return new Map(
    [...sources].map(([file, text]) => {
      const { importedFiles } = ts.preProcessFile(text, true, true);
      const own = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
      return [file, own.map((name) => normalize(join(dirname(file), name)))];
    }),
  );
}

function forbiddenImports(sources: Sources): string[] {
  return [...importsOf(sources)].flatMap(([file, imports]) => {
    const rule = RULES.find(([part]) => file.startsWith(part));
    if (rule === undefined) return [`${file} belongs to no part`];
    return imports
      .filter((target) => !rule[1].some((may) => target.startsWith(may)))
      .map((target) => `${file} imports ${target}`);
  });
}

/** Files that import themselves in the end, types left out: those are gone when the program runs. */
function cycles(sources: Sources): string[] {
  const withoutTypes = new Map(
    [...sources].map(([file, text]) => [file, text.replace(/^(?:import|export) type [^;]*;/gm, '')]),
  );
  const imports = importsOf(withoutTypes);
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (imports.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return [...imports.keys()].filter((file) => reaches(file, file));
}

/** Files that use `process`, which is cmd's alone: flags, environment, signals, exit. */
function usesOfProcess(sources: Sources): string[] {
  return [...sources].filter(([file, text]) => file.startsWith('api/') && namesProcess(text)).map(([file]) => file);
}

/** Whether a program, comments and texts left out, says `process` or imports it. */
function namesProcess(text: string): boolean {
  const visit = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === 'process') ||
    (ts.isStringLiteral(node) && node.text === 'node:process') ||
    ts.forEachChild(node, visit) === true;
  return visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest));
}

const files = ['api', 'cmd', 'generated'].flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
const sources: Sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

test('imports point one way', () => {
  assert.ok(sources.size > 20);
  assert.deepEqual(forbiddenImports(sources), []);
});

test('no file imports itself in the end', () => {
  assert.deepEqual(cycles(sources), []);
});

test('only cmd touches process', () => {
  assert.deepEqual(usesOfProcess(sources), []);
});

test('what breaks these rules is found', () => {
  const bad: Sources = new Map([
    ['api/oci/a.ts', "import { b } from '../folder/b.ts';"],
    ['api/folder/b.ts', "import { c } from './c.ts';\nprocess.exit(1);"],
    ['api/folder/c.ts', "import { b } from './b.ts';"],
    ['api/http/d.ts', "import type { T } from '../folder/c.ts';"],
    ['else/e.ts', ''],
  ]);
  assert.deepEqual(forbiddenImports(bad), [
    'api/oci/a.ts imports api/folder/b.ts',
    'api/http/d.ts imports api/folder/c.ts',
    'else/e.ts belongs to no part',
  ]);
  assert.deepEqual(cycles(bad), ['api/folder/b.ts', 'api/folder/c.ts']);
  assert.deepEqual(usesOfProcess(bad), ['api/folder/b.ts']);
});

for (const { text, found } of [
  { text: 'const { env } = process;', found: true },
  { text: "globalThis.process['exit'](1);", found: true },
  { text: "import { env } from 'node:process';", found: true },
  { text: '// Ends the process.\nconst processed = `process.`;', found: false },
]) {
  test(`${JSON.stringify(text)} ${found ? 'uses' : 'does not use'} process`, () => {
    assert.deepEqual(usesOfProcess(new Map([['api/a.ts', text]])), found ? ['api/a.ts'] : []);
  });
}
