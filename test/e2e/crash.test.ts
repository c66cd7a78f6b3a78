import { randomInt } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { CrashLab } from '../support/crash/crash-lab.ts';
import { killLoads, killPrunes, killTwoLoads } from '../support/crash/cycles.ts';
import { Seeded } from '../support/crash/seeded.ts';

/** As many as take some ten seconds; `npm run crash` goes on for as long as one likes. */
async function inCycles(
  t: TestContext,
  cycles: number,
  run: (lab: CrashLab, name: string) => Promise<void>,
): Promise<void> {
  const random = new Seeded(Number(process.env['OCIREGISTRY_CRASH_SEED'] ?? randomInt(2 ** 31)));
  await using lab = await CrashLab.start(random);
  try {
    for (let i = 0; i < cycles; i++) await run(lab, `cycle${i}`);
    await lab.checkAll();
  } catch (cause) {
    throw new Error(`with OCIREGISTRY_CRASH_SEED=${random.seed}: ${(cause as Error).message}`, { cause });
  }
  t.diagnostic(`${lab.kills} kills, ${lab.acknowledged} images, ${lab.pulls} pulls`);
}

test('a load that is killed leaves nothing that is not whole, all that it told of, and nothing in the way of the next', (t) =>
  inCycles(t, 6, killLoads));

test('of two loads into one repository that are killed the same is true, and neither loses what the other wrote', (t) =>
  inCycles(t, 6, killTwoLoads));

test('a prune that is killed beside loads takes away nothing that an image needs', (t) => inCycles(t, 3, killPrunes));
