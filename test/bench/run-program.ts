import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a program to its end and gives what it wrote, errors after results. Rejects when it fails. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await execute(program, args, { maxBuffer: MAX_OUTPUT_BYTES });
  return stdout + stderr;
}
