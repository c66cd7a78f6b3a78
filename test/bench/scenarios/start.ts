import type { Scenario } from './scenario.ts';
import { middleManifest, smallManifest } from './targets.ts';

/** From the start of the program to its first manifest. */
const start = (what: Pick<Scenario, 'name' | 'title' | 'images' | 'target'>): Scenario => ({
  ...what,
  programs: [],
  fresh: true,
  rounds: { full: 7, quick: 3 },
  measures: { time: { unit: 'ms', better: 'less' } },
  measure: ({ startMs }) => Promise.resolve({ time: startMs }),
});

export const startScenarios: readonly Scenario[] = [
  start({ name: 'start', title: 'start to first manifest', images: 'few', target: smallManifest }),
  start({ name: 'start-100k', title: 'the same with 100,000 images', images: 'many', target: middleManifest }),
];
