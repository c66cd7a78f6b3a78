import type { Log } from '../log.ts';
import type { Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import { NotedTimes } from './noted-times.ts';

/** When manifests were last pulled. */
export class UsageTimes {
  readonly #times: NotedTimes;

  private constructor(times: NotedTimes) {
    this.#times = times;
  }

  /** Remembers in `folder`, made when there is something to write. */
  static async open(folder: string, log: Log): Promise<UsageTimes> {
    return new UsageTimes(await NotedTimes.open(folder, { name: 'used', what: 'times of use' }, log));
  }

  /** Notes that a manifest is pulled now. */
  note(repo: Repository, reference: Reference, now = Date.now()): void {
    this.#times.note(repo, reference, now);
  }

  /** When a manifest was last pulled by this reference, in milliseconds since 1970; undefined when nobody knows. */
  lastUsed(repo: Repository, reference: Reference): number | undefined {
    return this.#times.last(repo, reference);
  }

  /** Writes what is not written yet. */
  flush(): Promise<void> {
    return this.#times.flush();
  }
}
