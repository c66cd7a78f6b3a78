import { closeSync, openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { reasonOf } from './failure.ts';

/** What others may not read: names, addresses and users are in it. */
const MODE = 0o640;

/** A file that lines are appended to, also after somebody has moved it away and asked to have it opened again. A line is in it, or
 *  lost, when it has been written: none is on its way when the process ends. Where the disk takes no more, `told` hears why, once,
 *  and what is written until it does is lost. */
export class LogFile extends Writable {
  readonly #path: string;
  readonly #told: (trouble: string) => void;
  #file: number;
  #isFailing = false;

  /** Throws when it cannot be opened. */
  constructor(path: string, told: (trouble: string) => void) {
    super({ decodeStrings: true });
    this.#path = path;
    this.#told = told;
    this.#file = this.#open();
  }

  /** From now on what bears the name counts; it is made if it is gone. Throws when it cannot be opened, and goes on with the old one. */
  reopen(): void {
    const before = this.#file;
    this.#file = this.#open();
    closeSync(before);
    this.#isFailing = false;
  }

  override _write(lines: Buffer, _encoding: string, done: () => void): void {
    try {
      for (let written = 0; written < lines.length;) written += writeSync(this.#file, lines, written);
      this.#isFailing = false;
    } catch (err) {
      if (!this.#isFailing) this.#told(`log file ${this.#path}: ${reasonOf(err)}: lines are lost`);
      this.#isFailing = true;
    }
    done();
  }

  override _final(done: () => void): void {
    closeSync(this.#file);
    done();
  }

  #open(): number {
    try {
      return openSync(this.#path, 'a', MODE);
    } catch (cause) {
      throw new Error(`log file ${this.#path}: ${reasonOf(cause)}`, { cause });
    }
  }
}
