import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface DaemonOptions {
  /** How the log calls it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asked until it says yes. */
  readonly ready: (daemon: Daemon) => boolean | Promise<boolean>;
  readonly readyTimeoutMs?: number;
}

/** A program that runs until it is stopped, with all that it has printed. */
export interface Daemon extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: () => string;
  readonly log: () => string;
  /** SIGTERM, after 20 s SIGKILL; gives the exit code, or null when a signal ended it. Again: the same answer. */
  readonly stop: () => Promise<number | null>;
}

const live = new Map<string, Daemon>();

/** What every running daemon said last, so that a failure in CI can be understood. */
export function liveLogs(): string {
  return [...live].map(([name, daemon]) => `--- log of ${name}\n${lastLines(daemon.log())}`).join('\n');
}

/** Starts a daemon and waits until it is ready. It dies with the process that started it, whatever ends that one. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { name, file, args, ready, readyTimeoutMs = 30_000 } = options;
  const guard = (await isExecutable('/usr/bin/setpriv')) ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM', '--'] : [];
  const [program = file, ...programArgs] = [...guard, file, ...args];
  const child = spawn(program, programArgs, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  exited.catch(() => undefined); // an error before that is thrown by the next line
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name}: not started`);

  const id = `${name} (pid ${String(pid)})`;
  let stdout = '';
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    log += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const stop = async () => {
    live.delete(id);
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [exitCode] = await exited;
    clearTimeout(late);
    return exitCode;
  };
  const daemon: Daemon = {
    pid,
    stdout: () => stdout,
    log: () => log,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
  live.set(id, daemon);

  const deadline = Date.now() + readyTimeoutMs;
  while (!(await ready(daemon))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      live.delete(id);
      throw new Error(`${name} ended (${String(child.exitCode ?? child.signalCode)}) before it was ready\n${log}`);
    }
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`${name}: not ready after ${String(readyTimeoutMs)} ms\n${log}`);
    }
    await delay(50);
  }
  return daemon;
}

function lastLines(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-12);
  return lines.map((line) => line.slice(0, 500)).join('\n');
}

/** Ends what a daemon left running: every process whose command line names `folder`, which only ours can. */
export async function killLeftovers(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (Number(pid) === process.pid || !commandLine.split('\0').some((arg) => arg.startsWith(`${folder}/`))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
