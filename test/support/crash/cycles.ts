import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tempFolder } from '../temp-folder.ts';
import { showRun, type CrashLab, type Run } from './crash-lab.ts';
import { pickMoment } from './moments.ts';
import { makeSources, makeTwins } from './sources.ts';

/** So often is one load killed before it is let run to its end. */
const KILLS_IN_A_ROW = 2;
/** What they take about, from where they begin to write. */
const [LOAD_MS, TWIN_MS, PRUNE_MS] = [150, 50, 30];

/** One load of several images that is killed again and again, then run to its end, which brings in the rest. */
export async function killLoads(lab: CrashLab, name: string): Promise<void> {
  const folder = tempFolder();
  const sources = await makeSources(lab.random, name, { folder, upstream: lab.upstreamRoot });
  for (let i = 0; i < KILLS_IN_A_ROW; i++) {
    const moment = pickMoment(lab.random, LOAD_MS);
    const run = await lab.load(sources, moment);
    await lab.check(showRun(`load of ${name}`, run, moment));
  }
  await finish(lab, sources.names, async () => [await lab.load(sources)]);
  await rm(folder, { recursive: true });
}

/** Two loads at once into one repository, of which one or both are killed, and which are then let run to their ends. */
export async function killTwoLoads(lab: CrashLab, name: string): Promise<void> {
  const folder = tempFolder();
  const twins = await makeTwins(lab.random, `${name}/twins`, folder);
  const moments = twins.map((_, half) =>
    half === 1 && lab.random.below(1) < 0.3 ? undefined : pickMoment(lab.random, TWIN_MS),
  );
  const runs = await Promise.all(twins.map((sources, half) => lab.load(sources, moments[half])));
  await lab.check(runs.map((run, half) => showRun(`load ${half}`, run, moments[half] ?? NEVER)).join('; '));
  const names = twins.flatMap((sources) => sources.names);
  await finish(lab, names, () => Promise.all(twins.map((sources) => lab.load(sources))));
  await rm(folder, { recursive: true });
}

/** A prune that is killed while images come in beside it, of which one load is killed too. */
export async function killPrunes(lab: CrashLab, name: string): Promise<void> {
  const folder = tempFolder();
  const upstream = lab.upstreamRoot;
  const [kept, gone] = await makeTwins(lab.random, `${name}/kept`, folder);
  const junk = await makeSources(lab.random, `junk/${name}`, { folder, upstream });
  // The same blobs as those that stay.
  const twin = { ...gone, args: ['--prefix', 'junk', ...gone.args], repositories: [`junk/${name}/kept`] };
  await lab.load(kept);
  const prune = ['prune', '--unreferenced', '--pattern', 'junk/**', '--pattern', 'up.example/junk/**'];
  for (let i = 0; i < KILLS_IN_A_ROW; i++) {
    await lab.load(junk);
    await lab.load(twin);
    lab.forget((tag) => tag.includes('junk/'));
    const moment = pickMoment(lab.random, PRUNE_MS, ['an index.json is being written', 'an index.json has changed']);
    const loadMoment = pickMoment(lab.random, TWIN_MS);
    const [pruned, loaded] = await Promise.all([
      lab.run(prune, [...junk.repositories, ...twin.repositories], moment),
      lab.load(gone, loadMoment),
    ]);
    lab.forget((tag) => tag.includes('junk/'));
    await lab.check(`${showRun('prune', pruned, moment)}; ${showRun('load', loaded, loadMoment)}`);
  }
  const { status, stderr } = await lab.run(prune, []);
  assert.equal(status, 0, stderr);
  await finish(lab, [...kept.names, ...gone.names], () => Promise.all([lab.load(kept), lab.load(gone)]));
  await rm(folder, { recursive: true });
}

const NEVER = { sight: 'work has begun', afterMs: Infinity } as const;

async function finish(lab: CrashLab, names: readonly string[], load: () => Promise<readonly Run[]>): Promise<void> {
  const runs = await load();
  for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
  const told = runs.map(({ stderr }) => stderr).join('');
  for (const name of names) assert.ok(lab.hasAcknowledged(name), `${name} was not told to be there: ${told}`);
  await lab.check(`${names[0]} was loaded to its end`);
}
