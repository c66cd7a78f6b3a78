import { Writable } from 'node:stream';

/** A terminal in memory: a stream that moves its cursor as it is told, and shows what is on the screen. It has as many rows as
 *  are written; those that have scrolled out of the window can no longer be reached by the cursor. */
export class Screen extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Escape sequences that are no cursor movements. */
  readonly sequences = new Set<string>();
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  /** As what the program takes for its standard error. */
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /** What has been written, scrolled out or not, without empty lines at the end. */
  get lines(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    // eslint-disable-next-line no-control-regex
    for (const [part, count, command] of text.matchAll(/\u001b\[\??([0-9]*)([A-Za-z])|\n|\r|[^\u001b\n\r]/g)) {
      if (command !== undefined) this.#obey(command, Number(count ?? 0), part);
      else if (part === '\n') this.#newline();
      else if (part === '\r') this.#column = 0;
      else this.#put(part);
    }
    done();
  }

  #obey(command: string, count: number, sequence: string): void {
    const line = this.#lines[this.#row] ?? '';
    const top = Math.max(0, this.#lines.length - this.rows);
    if (command === 'A') this.#row = Math.max(top, this.#row - Math.max(1, count));
    else if (command === 'G') this.#column = Math.max(1, count) - 1;
    else if (command === 'K') this.#lines[this.#row] = count === 2 ? '' : line.slice(0, this.#column);
    else if (command === 'J') this.#lines.splice(this.#row, Infinity, line.slice(0, this.#column));
    else this.sequences.add(sequence);
  }

  #newline(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push('');
  }

  #put(char: string): void {
    if (this.#column >= this.columns) this.#newline();
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + char + line.slice(this.#column + 1);
    this.#column += 1;
  }
}
