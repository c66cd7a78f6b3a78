import { randomInt } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { CrashLab } from '../support/crash/crash-lab.ts';
import { FillLab } from '../support/crash/fill-lab.ts';
import { killFills } from '../support/crash/fill-cycles.ts';
import { killLoads, killPrunes, killTwoLoads } from '../support/crash/cycles.ts';
import { Seeded } from '../support/crash/seeded.ts';

interface Lab extends AsyncDisposable {
  readonly kills: number;
  readonly pulls: number;
  checkAll(): Promise<void>;
}

/** As many as take some ten seconds; `npm run crash` goes on for as long as one likes. */
async function inCycles<L extends Lab>(
  t: TestContext,
  cycles: number,
  start: (random: Seeded) => Promise<L>,
  run: (lab: L, name: string) => Promise<void>,
): Promise<void> {
  const random = new Seeded(Number(process.env['OCIREGISTRY_CRASH_SEED'] ?? randomInt(2 ** 31)));
  await using lab = await start(random);
  try {
    for (let i = 0; i < cycles; i++) await run(lab, `cycle${i}`);
    await lab.checkAll();
  } catch (cause) {
    throw new Error(`with OCIREGISTRY_CRASH_SEED=${random.seed}: ${(cause as Error).message}`, { cause });
  }
  t.diagnostic(`${lab.kills} kills, ${lab.pulls} pulls`);
}

const startLab = (random: Seeded): Promise<CrashLab> => CrashLab.start(random);

test('a load that is killed leaves nothing that is not whole, all that it told of, and nothing in the way of the next', (t) =>
  inCycles(t, 6, startLab, killLoads));

test('of two loads into one repository that are killed the same is true, and neither loses what the other wrote', (t) =>
  inCycles(t, 6, startLab, killTwoLoads));

test('a prune that is killed beside loads takes away nothing that an image needs', (t) =>
  inCycles(t, 3, startLab, killPrunes));

test('a registry that is killed while it pulls through leaves nothing that is not right, and the next one brings in the rest', (t) =>
  inCycles(t, 2, (random) => FillLab.start(random), killFills));
