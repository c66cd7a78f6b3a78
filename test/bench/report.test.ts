import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CasesOutcome } from './cases/run-cases.ts';
import type { Outcome } from './outcome.ts';
import { formatMarkdown } from './report.ts';

const outcome = (name: string, values: Record<string, number[]>): Outcome => ({
  name,
  title: name,
  measures: { time: { unit: 's', better: 'less' } },
  rounds: 3,
  values: Object.fromEntries(Object.entries(values).map(([peer, time]) => [peer, { time }])),
});

const linesOf = (outcomes: readonly Outcome[], cases: readonly CasesOutcome[] = []): string[] =>
  formatMarkdown({ date: '', quick: false, machine: '', versions: {}, leftOut: [], outcomes, cases }).split('\n');

test('scenarios of the same peers are one table, compared with the first of them', () => {
  const tables = linesOf([
    outcome('a', { cp: [1, 2, 4], ociregistry: [2, 2, 2] }),
    outcome('b', { find: [1, 1, 1] }),
    outcome('c', { cp: [1, 1, 1], ociregistry: [3, 3, 3] }),
  ]).filter((line) => line.startsWith('|') && !line.startsWith('| -'));
  assert.deepEqual(tables, [
    '| scenario | measure | cp | ociregistry |',
    '| a (3 rounds) | s, less is better | 2 | 2 (1, 0.5–2) |',
    '| c (3 rounds) | s, less is better | 1 | 3 (3, 3–3) |',
    '| scenario | measure | find |',
    '| b (3 rounds) | s, less is better | 1 |',
  ]);
});

test('a goal is met or not, and left out without the peer that it speaks of', () => {
  const verdict = (values: Record<string, number[]>): string | undefined =>
    linesOf([outcome('load-docker-archive', values)]).find((line) => line.includes('at most'));
  const goal = 'load-docker-archive, time: at most 1.2 × sha256sum + cp';
  assert.equal(verdict({ 'sha256sum + cp': [10], ociregistry: [11] }), `| ${goal} | 1.1 | met |`);
  assert.equal(verdict({ 'sha256sum + cp': [10], ociregistry: [13] }), `| ${goal} | 1.3 | **not met** |`);
  assert.equal(verdict({ 'skopeo copy': [10], ociregistry: [13] }), undefined);
});

test('of cases the table says what each did, and whether this registry did what it is to do', () => {
  const finding = (told: string, isMet: boolean) => ({ told, isMet });
  const cases = [
    { name: 'cut', wanted: 'whole', findings: { other: finding('half', false), ociregistry: finding('whole', true) } },
    { name: 'late', wanted: 'soon', findings: { other: finding('soon', true), ociregistry: finding('late', false) } },
  ];
  assert.deepEqual(
    linesOf([], [{ name: 'a', title: 'caches', cases }]).filter((line) => line.startsWith('| ')),
    [
      '| caches | other | ociregistry | ociregistry is to |  |',
      '| - | - | - | - | - |',
      '| cut | half | whole | whole | met |',
      '| late | soon | late | soon | **not met** |',
    ],
  );
});
