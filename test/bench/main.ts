// Measures this registry beside others that serve the same images. `npm run bench -- --help`
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { FilledSets } from './filled-sets.ts';
import { findProgram } from './find-program.ts';
import { distributionV3, dockerRegistry } from './peers/distribution.ts';
import { nginx } from './peers/nginx.ts';
import { ociregistry } from './peers/ociregistry.ts';
import type { Peer } from './peers/peer.ts';
import { formatJson, formatMarkdown, type Report } from './report.ts';
import { run, type Outcome } from './run.ts';
import { runProgram } from './run-program.ts';
import { blobScenarios } from './scenarios/blobs.ts';
import { memoryScenarios } from './scenarios/memory.ts';
import { requestScenarios } from './scenarios/requests.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { startScenarios } from './scenarios/start.ts';
import { temporaryFolder, temporaryFolderForMany } from './temporary.ts';

/** The first is what the others are compared with. */
const allPeers: readonly Peer[] = [nginx, ociregistry, distributionV3, dockerRegistry];
const allScenarios: readonly Scenario[] = [
  ...requestScenarios,
  ...blobScenarios,
  ...startScenarios,
  ...memoryScenarios,
];

const USAGE = `usage: npm run bench -- [options]

  --quick           few and short rounds, under two minutes in all
  --only SCENARIO   this scenario; again for more
  --json FILE       writes every value
  --out FILE        writes the table, which is printed in any case

scenarios:
${allScenarios.map(({ name, title }) => `  ${name.padEnd(16)}  ${title}`).join('\n')}
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
  const unknown = options.only?.find((name) => !allScenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`no scenario ${unknown}\n\n${USAGE}`);

  const scenarios = allScenarios.filter(({ name }) => options.only?.includes(name) ?? true);
  const report = await measure(scenarios, options.quick);
  const markdown = formatMarkdown(report);
  if (options.json !== undefined) writeFileSync(options.json, formatJson(report));
  if (options.out !== undefined) writeFileSync(options.out, markdown);
  process.stdout.write(markdown);
}

async function measure(scenarios: readonly Scenario[], quick: boolean): Promise<Report> {
  const temporary = temporaryFolder();
  const peers = allPeers.filter(({ program }) => program !== undefined);
  const sets = new FilledSets({ few: temporary, many: temporaryFolderForMany() }, peers);
  const tell = (what: string): void => void process.stderr.write(`${what}\n`);

  const outcomes: Outcome[] = [];
  const leftOut = allPeers.filter((peer) => !peers.includes(peer)).map(({ name }) => `${name}, which is not installed`);
  for (const scenario of scenarios) {
    const missing = scenario.programs.filter((program) => findProgram(program) === undefined);
    if (missing.length > 0) leftOut.push(`${scenario.name}, as ${missing.join(' and ')} is not installed`);
    else outcomes.push(await run(scenario, { peers, sets, temporary, quick, tell }));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    quick,
    machine: `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Linux ${release()}, Node ${process.version}`,
    versions: await versionsOf(peers),
    leftOut,
    outcomes,
  };
}

async function versionsOf(peers: readonly Peer[]): Promise<Record<string, string>> {
  const versions = peers.map(async ({ name, program, versionArgs }): Promise<[string, string]> => {
    const output = await runProgram(program!, versionArgs);
    return [name, /\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? output.trim()];
  });
  return Object.fromEntries(await Promise.all(versions));
}

// The servers and the temporary folder go when the process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await main();
} catch (err) {
  console.error(err);
  process.exitCode = 1;
}
