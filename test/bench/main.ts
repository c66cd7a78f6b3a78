// Measures this registry beside others that serve the same images, and its commands beside tools that do the same. `npm run bench -- --help`
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCases, measureServers, measureTasks, versionsOf } from './measure.ts';
import { distributionV3, dockerRegistry } from './peers/distribution.ts';
import { nginx } from './peers/nginx.ts';
import { ociregistry } from './peers/ociregistry.ts';
import type { Peer } from './peers/peer.ts';
import { formatJson, formatMarkdown, type Report } from './report.ts';
import { runProgram } from './run-program.ts';
import { PULL_CASES } from './cases/run-cases.ts';
import { blobScenarios } from './scenarios/blobs.ts';
import { memoryScenarios } from './scenarios/memory.ts';
import { requestScenarios } from './scenarios/requests.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { startScenarios } from './scenarios/start.ts';
import { archiveInPlaceTask } from './tasks/archive-in-place.ts';
import { listTask } from './tasks/list.ts';
import { loadLargeTasks } from './tasks/load-large.ts';
import { loadSmallImagesTask } from './tasks/load-small-images.ts';
import { pullColdTasks } from './tasks/pull-cold.ts';
import { pullCostTasks } from './tasks/pull-cost.ts';
import { pullImageTasks } from './tasks/pull-image.ts';
import type { Task } from './tasks/task.ts';
import { verifyTask } from './tasks/verify.ts';
import { temporaryFolder } from './temporary.ts';

/** The first is what the others are compared with. */
const allPeers: readonly Peer[] = [nginx, ociregistry, distributionV3, dockerRegistry];
const allScenarios: readonly Scenario[] = [
  ...requestScenarios,
  ...blobScenarios,
  ...startScenarios,
  ...memoryScenarios,
];
/** Those of `--quick` have less to do. */
const allTasks = (quick: boolean): readonly Task[] => [
  ...loadLargeTasks(quick),
  loadSmallImagesTask(quick),
  archiveInPlaceTask(quick),
  verifyTask(quick),
  listTask(quick),
  ...pullColdTasks(quick),
  ...pullImageTasks(quick),
  ...pullCostTasks(quick),
];
const everything = [...allScenarios, ...allTasks(false), PULL_CASES];

const USAGE = `usage: npm run bench -- [options]

  --quick           few and short rounds of less, a few minutes in all
  --only SCENARIO   this scenario; again for more
  --json FILE       writes every value
  --out FILE        writes the table, which is printed in any case

Images are laid out below $TMPDIR, or /tmp: up to 5 GiB at a time.

scenarios:
${everything.map(({ name, title }) => `  ${name.padEnd(22)}${title}`).join('\n')}
`;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) return void process.stdout.write(USAGE);
  const unknown = options.only?.find((name) => !everything.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`no scenario ${unknown}\n\n${USAGE}`);

  const report = await measure((name) => options.only?.includes(name) ?? true, options.quick);
  const markdown = formatMarkdown(report);
  if (options.json !== undefined) writeFileSync(options.json, formatJson(report));
  if (options.out !== undefined) writeFileSync(options.out, markdown);
  process.stdout.write(markdown);
}

async function measure(isWanted: (name: string) => boolean, quick: boolean): Promise<Report> {
  const temporary = temporaryFolder();
  const options = { temporary, quick, tell: (what: string): void => void process.stderr.write(`${what}\n`) };
  const wanted = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.filter(({ name }) => isWanted(name));
  const parts = [
    await measureServers(wanted(allScenarios), allPeers, options),
    await measureTasks(wanted(allTasks(quick)), options),
    await measureCases(wanted([PULL_CASES]), options),
  ];
  const fileSystem = (await runProgram('stat', ['-f', '-c', '%T', temporary])).trim();
  return {
    date: new Date().toISOString().slice(0, 10),
    quick,
    machine:
      `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${fileSystem}, ` +
      `Linux ${release()}, Node ${process.version}`,
    versions: await versionsOf(parts.flatMap(({ tools }) => tools)),
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
    outcomes: parts.flatMap(({ outcomes }) => outcomes),
    cases: parts.flatMap(({ cases }) => cases),
  };
}

// The servers and the temporary folder go when the process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await main();
} catch (err) {
  console.error(err);
  process.exitCode = 1;
}
