import type { Outcome } from './outcome.ts';
import { median, ratios } from './statistics.ts';

/** What this registry is to reach, in a scenario's measure: a ratio to another peer, or a figure of its own. */
interface Goal {
  readonly scenario: string;
  readonly measure: string;
  readonly than?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The name of this registry among the peers. */
export const OURS = 'ociregistry';

const goals: readonly Goal[] = [
  ...['manifest-get', 'manifest-head'].map((scenario) => ({
    scenario,
    measure: 'rate',
    than: 'distribution 3',
    atLeast: 1,
  })),
  ...['blob-512m-1', 'blob-512m-8'].flatMap((scenario) => [
    { scenario, measure: 'throughput', than: 'nginx', atLeast: 0.8 },
    { scenario, measure: 'throughput', than: 'distribution 3', atLeast: 1 },
  ]),
  { scenario: 'start-100k', measure: 'time', atMost: 500 },
  { scenario: 'memory', measure: 'downloads', atMost: 150 },
  ...['load-docker-archive', 'load-oci-layout'].flatMap((scenario) => [
    { scenario, measure: 'time', than: 'sha256sum + cp', atMost: 1.2 },
    { scenario, measure: 'memory', atMost: 120 },
  ]),
  { scenario: 'verify', measure: 'rate', than: 'sha256sum', atLeast: 0.9 },
  ...['pull-cold', 'pull-cold-tokens', 'pull-cold-unlimited'].flatMap((scenario) => [
    { scenario, measure: 'upstream', atMost: 1 },
    { scenario, measure: 'first', than: 'direct', atMost: 1.5 },
    { scenario, measure: 'last', than: 'direct', atMost: 2 },
    { scenario, measure: 'time', than: 'direct', atMost: 1.05 },
  ]),
  ...['pull-image', 'pull-image-unlimited'].flatMap((scenario) => [
    { scenario, measure: 'time', than: 'direct', atMost: 1.1 },
    { scenario, measure: 'again', atMost: 0 },
  ]),
];

/** A goal, and how far it was reached. */
export interface Verdict {
  readonly goal: string;
  readonly value: number;
  readonly met: boolean;
}

/** The verdicts on the goals whose scenario was run with all that it takes. */
export function judge({ name, title, measures, values }: Outcome): Verdict[] {
  return goals.flatMap(({ scenario, measure, than, atLeast, atMost }) => {
    const ours = values[OURS]?.[measure];
    const theirs = than === undefined ? undefined : values[than]?.[measure];
    if (scenario !== name || ours === undefined || (than !== undefined && theirs === undefined)) return [];
    const value = theirs ? ratios(ours, theirs).median : median(ours);
    const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    const goal = `${title}, ${measure}: ${limit} ${than === undefined ? measures[measure]!.unit : `× ${than}`}`;
    return [{ goal, value, met: value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity) }];
  });
}
