import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../cmd/ociregistry.ts', import.meta.url));

/** Takes from root what makes it root to files. */
const SETPRIV = [
  '/usr/bin/setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];
/** Whether {@link Options.unprivileged} can be had. */
export const canBeUnprivileged = process.getuid?.() !== 0 || existsSync('/usr/bin/setpriv');

interface Options {
  /** File permissions count, for root too. */
  readonly unprivileged?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Where it listens. */
  readonly url: string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], options: Options = {}): Promise<Ended> {
  return startProgram(args, options).ended;
}

/** Starts the program; whoever asked waits for its end. */
export function startProgram(args: readonly string[], options: Options = {}): Omit<Running, 'url'> {
  const child = start(args, options);
  const { stderr, ended } = collect(child);
  return { child, stderr, ended };
}

/** Starts `serve` and waits for its ready line. The test that asked ends it, or is over when it ends by itself. */
export async function startServe(args: readonly string[], options: Options = {}): Promise<Running & AsyncDisposable> {
  const child = start(['serve', '--port', '0', ...args], options);
  const collected = collect(child);
  while (!collected.stdout().includes('\n')) {
    await Promise.race([once(child.stdout, 'data'), collected.ended]);
    if (child.exitCode !== null) throw new Error(`serve ended before it was ready: ${collected.stderr()}`);
  }
  const url = /^listening on (\S+)\n$/.exec(collected.stdout())?.[1];
  if (url === undefined) throw new Error(`no ready line: ${JSON.stringify(collected.stdout())}`);
  return {
    child,
    url,
    stderr: collected.stderr,
    ended: collected.ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await collected.ended;
    },
  };
}

/** Without any setting of the machine that the tests run on. */
function start(
  args: readonly string[],
  { env = {}, cwd, unprivileged = false }: Options,
): ChildProcessByStdio<null, Readable, Readable> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(?:OCIREGISTRY_|NO_COLOR|NODE_)/.test(name));
  const guard = unprivileged && process.getuid?.() === 0 ? SETPRIV : [];
  const [file = process.execPath, ...rest] = [...guard, process.execPath, PROGRAM, ...args];
  return spawn(file, rest, {
    env: { ...Object.fromEntries(clean), ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcessByStdio<null, Readable, Readable>) {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([status]): Ended => ({ status: status as number | null, stdout, stderr }));
  return { stdout: () => stdout, stderr: () => stderr, ended };
}
