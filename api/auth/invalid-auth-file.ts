/** A password file, or a file of keys, that cannot be used. */
export class InvalidAuthFile extends Error {
  override readonly name = 'InvalidAuthFile';
  /** All that is wrong, each with the file's name, its line if it has lines, and the reason; never with a secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { cause?: unknown } = {}) {
    super(problems.join('; '), options);
    this.problems = problems;
  }
}
