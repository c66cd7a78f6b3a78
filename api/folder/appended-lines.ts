import { randomUUID } from 'node:crypto';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../log.ts';
import { makeFolders } from './make-folders.ts';

/** Lines in a file of ours that any process only appends to, in batches. What reads them must not mind one that is torn or lost.
 *  Where nothing can be written, nothing is. */
export class AppendedLines {
  /** Undefined where nothing is, or can be, written. */
  #file: string | undefined;
  readonly #what: string;
  readonly #writeAfterMs: number;
  readonly #log: Log;
  #unwritten: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** The file's folder is made when there is something to write. `what` is what the lines are about, for the log. */
  constructor(
    file: string | undefined,
    options: { readonly what: string; readonly writeAfterMs: number; readonly log: Log },
  ) {
    this.#file = file;
    this.#what = options.what;
    this.#writeAfterMs = options.writeAfterMs;
    this.#log = options.log;
  }

  /** All lines, or the last so many. Empty where there is no file. */
  async read(atMost: number): Promise<string[]> {
    if (this.#file === undefined) return [];
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const lines = text.split('\n');
    // Behind the last line feed there is none, or one that somebody did not get to the end of.
    lines.pop();
    return lines.slice(-atMost);
  }

  /** Writes a line before long. */
  append(line: string): void {
    if (this.#file === undefined) return;
    this.#unwritten.push(`${line}\n`);
    this.#timer ??= setTimeout(() => void this.flush(), this.#writeAfterMs).unref();
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#append());
    await this.#writing;
  }

  /** Puts lines in place of all there are. What another process appends meanwhile is lost. */
  async replace(lines: readonly string[]): Promise<void> {
    await this.#attempt(async (file) => {
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, lines.map((line) => `${line}\n`).join(''));
      await rename(temporary, file);
    });
  }

  async #append(): Promise<void> {
    const lines = this.#unwritten.splice(0);
    if (lines.length === 0) return;
    await this.#attempt(async (file) => {
      await makeFolders(dirname(file));
      await appendFile(file, lines.join(''));
    });
  }

  async #attempt(write: (file: string) => Promise<void>): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await write(this.#file);
    } catch (err) {
      // A read-only folder is normal; a full disk must not stop serving.
      this.#file = undefined;
      this.#log.debug(`${this.#what} are remembered in memory only: ${(err as Error).message}`);
    }
  }
}
