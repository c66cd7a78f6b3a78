import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a program to its end and gives what it printed. Anything but exit code 0 throws, with what the program
 *  said last. */
export async function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
  const output = await finish(file, args, options);
  if (output.exitCode !== 0) throw commandError(`exit code ${String(output.exitCode)}`, file, args, output);
  return output;
}

/** Runs a program that must refuse: exit code 0 throws. */
export async function runRefused(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
  const output = await finish(file, args, options);
  if (output.exitCode === 0) throw commandError('exit code 0, a refusal was expected', file, args, output);
  return output;
}

async function finish(file: string, args: readonly string[], options: CommandOptions): Promise<Output> {
  const { cwd, env = {}, timeoutMs = 90_000 } = options;
  const child = spawn(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const text = () => ({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      resolve([code, killedBy]);
    });
  });
  if (exitCode === null) {
    throw commandError(`ended by ${String(signal)} (at most ${String(timeoutMs)} ms)`, file, args, text());
  }
  return { ...text(), exitCode };
}

function commandError(
  what: string,
  file: string,
  args: readonly string[],
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): Error {
  const parts = [`${file} ${args.join(' ')}: ${what}`, `--- stderr\n${tail(stderr)}`, `--- stdout\n${tail(stdout)}`];
  return new Error(parts.join('\n'));
}

function tail(text: string): string {
  return text.length > 4000 ? `…${text.slice(-4000)}` : text;
}
