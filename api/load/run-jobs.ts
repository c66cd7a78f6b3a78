import pLimit from 'p-limit';
import type { Loaded } from './image-loader.ts';
import type { Job } from './load.ts';

/** What became of a job. */
export type Outcome =
  { readonly name: string; readonly loaded: Loaded } | { readonly name: string; readonly failure: unknown };

/** Runs jobs, so many side by side, and tells of each as it ends. After a failure `stop` is called and no other job is begun, unless
 *  they are to go on. Gives all that were run, in their order. */
export async function runJobs(
  jobs: readonly Job[],
  options: {
    readonly concurrency: number;
    readonly continueAfter: boolean;
    readonly stop: () => void;
    readonly tell: (outcome: Outcome) => void;
  },
): Promise<Outcome[]> {
  const { concurrency, continueAfter, stop, tell } = options;
  const inTurn = pLimit(concurrency);
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  const run = async (job: Job): Promise<Outcome | undefined> => {
    if (isStopped()) return undefined;
    const outcome = await runJob(job);
    // That the others were cut off by the first failure is no news.
    if (isStopped() && 'failure' in outcome) return undefined;
    tell(outcome);
    if ('failure' in outcome && !continueAfter) {
      stopping.abort();
      stop();
    }
    return outcome;
  };
  const outcomes = await Promise.all(jobs.map((job) => inTurn(() => run(job))));
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function runJob({ name, run }: Job): Promise<Outcome> {
  try {
    return { name, loaded: await run() };
  } catch (failure) {
    return { name, failure };
  }
}
