import { join } from 'node:path';
import { KnownDigests } from '../api/folder/known-digests.ts';
import type { Log } from '../api/log.ts';
import { NotedTimes } from '../api/store/noted-times.ts';
import { KNOWN } from '../api/store/paths.ts';
import { UsageTimes } from '../api/store/usage-times.ts';

/** What is remembered of an images folder, in files of ours that are written in batches. Disposed of, it writes what is not written yet. */
export interface Records extends AsyncDisposable {
  /** What files hold. */
  readonly known: KnownDigests;
  /** When manifests were last pulled. */
  readonly used: UsageTimes;
  /** When tags were last looked up. */
  readonly checks: NotedTimes;
}

/** One for each process and folder: of two, one would not know what the other has noted last. */
export async function openRecords(images: string, log: Log): Promise<Records> {
  const folder = join(images, KNOWN);
  const [known, used, checks] = await Promise.all([
    KnownDigests.open(folder, log),
    UsageTimes.open(folder, log),
    NotedTimes.open(folder, { name: 'checked', what: 'looked up tags' }, log),
  ]);
  return {
    known,
    used,
    checks,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([known, used, checks].map((each) => each.flush()));
    },
  };
}
