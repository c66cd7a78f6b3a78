/** Kills loads, prunes and registries that pull through for as long as one likes: `npm run crash -- [MINUTES] [SEED]`. */
import { randomInt } from 'node:crypto';
import { CrashLab } from './crash-lab.ts';
import { killFills } from './fill-cycles.ts';
import { FillLab } from './fill-lab.ts';
import { killLoads, killPrunes, killTwoLoads } from './cycles.ts';
import { Seeded } from './seeded.ts';

/** After so many a new folder is begun, as looking at everything after each kill takes longer the more there is. */
const CYCLES_IN_A_FOLDER = 6;

const [minutes = '10', seed = String(randomInt(2 ** 31))] = process.argv.slice(2);
const random = new Seeded(Number(seed));
const began = performance.now();
const end = began + Number(minutes) * 60_000;
const sum = { kills: 0, images: 0, pulls: 0, folders: 0 };

while (performance.now() < end) {
  await using lab = await CrashLab.start(random);
  await using fills = await FillLab.start(random);
  try {
    for (let i = 0; i < CYCLES_IN_A_FOLDER && performance.now() < end; i++) {
      for (const run of [killLoads, killTwoLoads, killPrunes]) await run(lab, `cycle${i}`);
      await killFills(fills, `cycle${i}`);
    }
    await lab.checkAll();
    await fills.checkAll();
  } catch (cause) {
    throw new Error(`npm run crash -- ${minutes} ${random.seed}: ${(cause as Error).message}`, { cause });
  }
  sum.kills += lab.kills + fills.kills;
  sum.images += lab.acknowledged;
  sum.pulls += lab.pulls + fills.pulls;
  sum.folders++;
  const passed = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${passed} min: ${sum.folders} folders, ${sum.kills} kills, ${sum.images} images, ${sum.pulls} pulls`);
}
