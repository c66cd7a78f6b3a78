/** The largest image list or inventory, in bytes; hundreds of thousands of images fit. */
export const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** So many problems are told; a text with more of them is something else altogether. */
const MAX_PROBLEMS = 1000;

/** Thrown for an image list or an inventory that cannot be used, with all that is wrong with it. */
export class InvalidList extends Error {
  override readonly name = 'InvalidList';
  /** One line each, in the order of the file: `images.txt:3: "nginx" has no tag: …`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Collects what is wrong with a file, so that it is all told at once. */
export class Problems {
  readonly #file: string;
  readonly #found: { readonly line: number; readonly problem: string }[] = [];
  #untold = 0;

  /** `file` is its name as people know it. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Where something stands, `images.txt:3`. */
  at(line: number): string {
    return `${this.#file}:${line}`;
  }

  add(line: number, problem: string): void {
    if (this.#found.length < MAX_PROBLEMS) this.#found.push({ line, problem });
    else this.#untold += 1;
  }

  /** Throws {@link InvalidList} if anything was added. */
  check(): void {
    if (this.#found.length > 0) throw this.#error();
  }

  /** For what leaves no more to be looked at. Throws {@link InvalidList}. */
  fail(line: number, problem: string): never {
    this.add(line, problem);
    throw this.#error();
  }

  /** Throws {@link InvalidList} for a text above {@link MAX_LIST_BYTES}. */
  checkSize(text: string): void {
    if (Buffer.byteLength(text) <= MAX_LIST_BYTES) return;
    this.fail(1, `more than ${MAX_LIST_BYTES} bytes, which no list of images has`);
  }

  #error(): InvalidList {
    const lines = this.#found
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, problem }) => `${this.at(line)}: ${problem}`);
    // What an alias repeats is wrong in one place only.
    const problems = [...new Set(lines)];
    if (this.#untold > 0) problems.push(`${this.#file}: and ${this.#untold} more`);
    return new InvalidList(problems);
  }
}
