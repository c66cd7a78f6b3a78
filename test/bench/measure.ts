import { PULL_CASES, runCases, type CasesOutcome } from './cases/run-cases.ts';
import { FilledSets } from './filled-sets.ts';
import { findProgram } from './find-program.ts';
import type { Outcome } from './outcome.ts';
import type { Peer } from './peers/peer.ts';
import { pullThroughs } from './pull/caches.ts';
import { run, type RunOptions } from './run.ts';
import { runProgram } from './run-program.ts';
import { runTask } from './run-task.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Task } from './tasks/task.ts';
import { temporaryFolderForMany } from './temporary.ts';
import type { Tool } from './tools.ts';

/** What was measured, and with what. */
export interface Measured {
  readonly outcomes: readonly Outcome[];
  readonly cases: readonly CasesOutcome[];
  readonly tools: readonly Tool[];
  /** What there are no figures of, and why. */
  readonly leftOut: readonly string[];
}

/** Measures all peers that are installed, in scenarios in which they serve the same images. */
export async function measureServers(
  scenarios: readonly Scenario[],
  allPeers: readonly Peer[],
  { temporary, quick, tell }: Pick<RunOptions, 'temporary' | 'quick' | 'tell'>,
): Promise<Measured> {
  if (scenarios.length === 0) return { outcomes: [], cases: [], tools: [], leftOut: [] };
  const peers = allPeers.filter(({ program }) => program !== undefined);
  const sets = new FilledSets({ few: temporary, many: temporaryFolderForMany() }, peers);
  const outcomes: Outcome[] = [];
  const leftOut = allPeers.filter((peer) => !peers.includes(peer)).map(notInstalled);
  for (const scenario of scenarios) {
    const obstacle = missingProgram(scenario);
    if (obstacle !== undefined) leftOut.push(`${scenario.name}, as ${obstacle}`);
    else outcomes.push(await run(scenario, { peers, sets, temporary, quick, tell }));
  }
  return { outcomes, cases: [], tools: peers, leftOut };
}

/** Puts all caches that are installed through the cases, once or not at all. */
export async function measureCases(
  wanted: readonly (typeof PULL_CASES)[],
  options: Pick<RunOptions, 'temporary' | 'tell'>,
): Promise<Measured> {
  const cases: CasesOutcome[] = [];
  const leftOut: string[] = [];
  const peers = pullThroughs.filter(({ program }) => program !== undefined);
  for (const one of wanted) {
    const obstacle = missingProgram(one);
    if (obstacle !== undefined) leftOut.push(`${one.name}, as ${obstacle}`);
    else cases.push(await runCases(peers, options));
  }
  return { outcomes: [], cases, tools: cases.length === 0 ? [] : peers, leftOut };
}

/** Measures all programs that are installed, in tasks that they do from start to end. */
export async function measureTasks(
  tasks: readonly Task[],
  options: Pick<RunOptions, 'temporary' | 'tell'>,
): Promise<Measured> {
  const outcomes: Outcome[] = [];
  const tools: Tool[] = [];
  const leftOut: string[] = [];
  for (const task of tasks) {
    const obstacle = missingProgram(task) ?? task.obstacle;
    if (obstacle !== undefined) {
      leftOut.push(`${task.name}, as ${obstacle}`);
      continue;
    }
    const { outcome, contenders, absent } = await runTask(task, options);
    outcomes.push(outcome);
    tools.push(...contenders.map(({ tool }) => tool));
    leftOut.push(...absent.map(notInstalled));
  }
  return { outcomes, cases: [], tools, leftOut };
}

function missingProgram({ programs }: Pick<Scenario, 'programs'>): string | undefined {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} is not installed`;
}

const notInstalled = ({ name }: { readonly name: string }): string => `${name}, which is not installed`;

/** What versions programs say that they are. */
export async function versionsOf(tools: readonly Tool[]): Promise<Record<string, string>> {
  const versions = [...new Set(tools)].map(async ({ name, program, versionArgs }): Promise<[string, string]> => {
    const output = await runProgram(program!, versionArgs);
    return [name, /\d+\.\d+\S*/.exec(output)?.[0] ?? output.trim()];
  });
  return Object.fromEntries(await Promise.all(versions));
}
