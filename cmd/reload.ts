import type { Log } from '../api/log.ts';
import { changedKeys } from './changed-keys.ts';
import type { Config } from './config.ts';
import { show } from './config/show.ts';
import { describe, Problems } from './failure.ts';

/** What only a start applies. */
const FIXED = ['images', 'listen', 'admin'] as const satisfies readonly (keyof Config)[];

export interface ReloaderOptions {
  /** Reads the configuration again. */
  readonly read: () => Promise<Config>;
  /** Makes ready what a configuration needs; it is applied, all of it, when what it gives is called. That tells what changed beside the
   *  configuration. Both throw for what cannot be, and then nothing has changed. */
  readonly prepare: (config: Config) => Promise<() => Promise<readonly string[]>>;
  readonly log: Log;
}

/** Applies the configuration again while it is served. A bad one changes nothing. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: Config, options: ReloaderOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** What is in force. */
  get config(): Config {
    return this.#config;
  }

  /** Gives the keys whose values changed, after the reload before if there is one under way. Throws {@link Problems} for a configuration
   *  that is not applied. */
  reload(): Promise<{ readonly changed: readonly string[] }> {
    const reloading = this.#last.then(() => this.#reload());
    this.#last = reloading.catch(() => undefined);
    return reloading;
  }

  async #reload(): Promise<{ readonly changed: readonly string[] }> {
    const { read, prepare, log } = this.#options;
    try {
      const asked = await read();
      const next = this.#withFixed(asked);
      const apply = await prepare(next);
      const others = await apply();
      const changed = [...new Set([...changedKeys(show(this.#config), show(next)), ...others])];
      this.#config = next;
      log.info(`configuration reloaded: ${changed.length > 0 ? `changed: ${changed.join(', ')}` : 'nothing changed'}`);
      return { changed };
    } catch (err) {
      const problems = err instanceof Problems ? err.problems : [describe(err)];
      for (const problem of problems) log.error(`not reloaded, what was in force stays: ${problem}`);
      throw err instanceof Problems ? err : new Problems(problems, { cause: err });
    }
  }

  /** What cannot be changed stays, which is said. */
  #withFixed(asked: Config): Config {
    const fixed = Object.fromEntries(FIXED.map((key) => [key, this.#config[key]])) as Pick<
      Config,
      (typeof FIXED)[number]
    >;
    const next: Config = Object.freeze({ ...asked, ...fixed });
    const waiting = changedKeys(show(next), show(asked));
    if (waiting.length > 0)
      this.#options.log.warn(`${waiting.join(', ')}: changed, and applied by the next start only`);
    return next;
  }
}
