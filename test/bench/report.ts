import type { CasesOutcome } from './cases/run-cases.ts';
import { judge, OURS } from './goals.ts';
import type { Outcome } from './outcome.ts';
import { ratios, summarise, type Summary } from './statistics.ts';

export interface Report {
  readonly date: string;
  readonly quick: boolean;
  /** What it was measured on, in words. */
  readonly machine: string;
  /** By the program's name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Peers and scenarios that there are no figures of, and why. */
  readonly leftOut: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly cases: readonly CasesOutcome[];
}

/** All values, and what comes of them. */
export const formatJson = (report: Report): string =>
  `${JSON.stringify({ ...report, goals: report.outcomes.flatMap(judge) }, undefined, 2)}\n`;

/** Tables for people, one for all scenarios of the same peers: medians, and in brackets the ratio to the first peer with the lowest
 *  and the highest of any round. */
export function formatMarkdown({ date, quick, machine, versions, leftOut, outcomes, cases }: Report): string {
  const samePeers = Map.groupBy(outcomes, ({ values }) => Object.keys(values).join());
  const verdicts = outcomes.flatMap(judge);
  return [
    `Measured ${date} on ${machine}${quick ? ', in short rounds' : ''}. Medians; in brackets the ratio to the first,` +
      ' the median of the ratios of each round, with the lowest and the highest.',
    ...[...samePeers.values()].map(outcomeTable),
    ...(verdicts.length === 0 ? [] : [table(['goal', 'reached', ''], verdicts.map(verdictRow))]),
    ...cases.map(casesTable),
    Object.entries(versions)
      .map(([name, version]) => `- ${name}: ${version}`)
      .join('\n'),
    ...leftOut.map((what) => `Left out: ${what}.`),
    '',
  ].join('\n\n');
}

function outcomeTable(outcomes: readonly Outcome[]): string {
  const peers = Object.keys(outcomes[0]!.values);
  const rows = outcomes.flatMap((outcome) => rowsOf(outcome, peers));
  return table(['scenario', 'measure', ...peers], rows);
}

function rowsOf({ title, measures, rounds, values }: Outcome, peers: readonly string[]): string[][] {
  return Object.entries(measures).map(([measure, { unit, better }], i) => [
    i === 0 ? `${title} (${rounds} rounds)` : '',
    `${unit}, ${better} is better`,
    ...peers.map((peer, column) => {
      const own = values[peer]![measure]!;
      const base = values[peers[0]!]![measure]!;
      const figure = significant(summarise(own).median);
      return column === 0 ? figure : `${figure} (${showRatio(ratios(own, base))})`;
    }),
  ]);
}

function casesTable({ title, cases }: CasesOutcome): string {
  const peers = Object.keys(cases[0]?.findings ?? {});
  const rows = cases.map(({ name, wanted, findings }) => [
    name,
    ...peers.map((peer) => findings[peer]!.told),
    wanted,
    showMet(findings[OURS]!.isMet),
  ]);
  return table([title, ...peers, `${OURS} is to`, ''], rows);
}

const verdictRow = ({ goal, value, met }: { goal: string; value: number; met: boolean }): string[] => [
  goal,
  significant(value),
  showMet(met),
];

const showMet = (isMet: boolean): string => (isMet ? 'met' : '**not met**');

const showRatio = ({ median, low, high }: Summary): string =>
  `${significant(median)}, ${significant(low)}–${significant(high)}`;

/** Two digits say all that such measurements can, of large numbers three. */
function significant(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
