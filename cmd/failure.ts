import { getSystemErrorMessage } from 'node:util';
import { printable } from './printable.ts';

/** Wrong usage: exit status 2, and a hint where to look. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Several things that went wrong, each told on a line of its own. */
export class Problems extends Error {
  override readonly name = 'Problems';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { cause?: unknown } = {}) {
    super(problems.join('; '), options);
    this.problems = problems;
  }
}

/** One line for people: what went wrong, without where in the code. */
export function describe(err: unknown): string {
  return printable((err instanceof Error ? err.message || err.name : String(err)).replace(/\s*\n\s*/g, ' '));
}

/** What the operating system says about a path or an address, without the call that found out. */
export function reasonOf(err: unknown): string {
  const errno = (err as NodeJS.ErrnoException | undefined)?.errno;
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : describe(err);
}

export const codeOf = (err: unknown): string | undefined => (err as NodeJS.ErrnoException | undefined)?.code;
