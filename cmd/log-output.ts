import type { Writable } from 'node:stream';
import { LogFile } from './log-file.ts';

interface LogOutputOptions {
  /** Where the log goes without a file. */
  readonly standard: Writable;
  /** Has the log go on elsewhere. */
  readonly logTo: (stream: Writable) => void;
  /** Told what is wrong with a file. */
  readonly told: (trouble: string) => void;
}

/** Where the log of a server goes, while it runs. */
export class LogOutput {
  readonly #options: LogOutputOptions;
  #path: string | undefined;
  #file: LogFile | undefined;
  /** Made ready, and not begun with. */
  #ready: LogFile | undefined;

  constructor(options: LogOutputOptions) {
    this.#options = options;
  }

  /** Makes ready to log into a file, or none: it begins when what it gives is called. Throws when the file cannot be opened. */
  prepare(path: string | undefined): () => void {
    this.#ready?.end();
    this.#ready = undefined;
    if (path === this.#path) return () => undefined;
    const { standard, logTo, told } = this.#options;
    const file = path === undefined ? undefined : new LogFile(path, told);
    this.#ready = file;
    return () => {
      this.#ready = undefined;
      logTo(file ?? standard);
      this.#file?.end();
      this.#file = file;
      this.#path = path;
    };
  }

  /** Opens the file again, which somebody has moved away. One that cannot be opened is told of, and the old one goes on. */
  reopen(): void {
    try {
      this.#file?.reopen();
    } catch (err) {
      this.#options.told((err as Error).message);
    }
  }
}
