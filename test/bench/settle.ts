import { requireProgram } from './find-program.ts';
import { runProgram } from './run-program.ts';

/** Waits until all that was written to the file system of `path`, or removed from it, is done with, so that nobody pays for what
 *  another left behind. */
export async function settle(path: string): Promise<void> {
  await runProgram(requireProgram('sync'), ['-f', path]);
}

/** Reads files, so that all find them in the page cache, or all do not when they are too large for it. */
export async function readThrough(path: string): Promise<void> {
  await runProgram('/bin/sh', ['-c', 'find "$1" -type f -exec cat {} + > /dev/null', 'sh', path]);
}
