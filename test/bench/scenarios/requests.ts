import { getRate, headRate } from '../load/requests.ts';
import { cpuSeconds } from '../process-tree.ts';
import type { Scenario } from './scenario.ts';
import { smallBlob, smallManifest } from './targets.ts';

const measures = {
  rate: { unit: 'requests/s', better: 'more' },
  cpu: { unit: 'CPU µs/request', better: 'less' },
} as const;

/** Small answers, as many as can be had on 32 connections. */
function requests(what: Pick<Scenario, 'name' | 'title' | 'target'>, program: string, load: typeof getRate): Scenario {
  return {
    ...what,
    images: 'few',
    programs: [program],
    fresh: false,
    rounds: { full: 7, quick: 2 },
    measures,
    measure: async (server, { path }, quick) => {
      const before = cpuSeconds(server.pid);
      const { rate, requests } = await load(server.url(path), quick ? 1 : 3);
      return { rate, cpu: ((cpuSeconds(server.pid) - before) / requests) * 1e6 };
    },
  };
}

export const requestScenarios: readonly Scenario[] = [
  requests({ name: 'manifest-get', title: 'manifest, GET by tag', target: smallManifest }, 'wrk', getRate),
  requests({ name: 'manifest-head', title: 'manifest, HEAD by tag', target: smallManifest }, 'ab', headRate),
  requests({ name: 'blob-32k', title: 'blob of 32 KiB', target: smallBlob }, 'wrk', getRate),
];
