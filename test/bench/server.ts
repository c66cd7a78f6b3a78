import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ACCEPT } from './accept.ts';
import { endWithUs } from './children.ts';
import type { Service } from './peers/peer.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;
/** How often a server that starts is asked; what is measured is that much too long at most. */
const ASK_AGAIN_MS = 2;
const MAX_TOLD_CHARACTERS = 2_000;

/** A program that serves. */
export class Server implements AsyncDisposable {
  readonly peer: Service;
  readonly port: number;
  /** From its start to its first answer. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #work: string;

  private constructor(peer: Service, child: ChildProcess, work: string, port: number, startMs: number) {
    this.peer = peer;
    this.port = port;
    this.startMs = startMs;
    this.#child = child;
    this.#work = work;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Starts a peer over its images, and waits until `path` is answered with 200. Without a port, it is a free one. */
  static async start(peer: Service, data: string, temporary: string, path: string, port?: number): Promise<Server> {
    const work = mkdtempSync(join(temporary, 'server-'));
    const at = port ?? (await freePort());
    const { args, env } = peer.launch(data, work, at);
    const output = openSync(join(work, 'output.log'), 'a');
    const started = performance.now();
    const child = spawn(peer.program!, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output] });
    closeSync(output);
    endWithUs(child);
    try {
      await answered(child, at, path);
    } catch (cause) {
      await end(child);
      throw new Error(`${peer.name} does not serve ${path}: ${logOf(work)}`, { cause });
    }
    return new Server(peer, child, work, at, performance.now() - started);
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** `http://127.0.0.1:5000` */
  get origin(): string {
    return this.url('');
  }

  /** What it wrote so far into a log of its work folder. */
  readLog(name: string): string {
    return readFileSync(join(this.#work, name), 'utf8');
  }

  /** Empties its logs: a minute of load writes hundreds of megabytes. */
  forgetLogs(): void {
    for (const file of logsIn(this.#work)) truncateSync(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
  }
}

async function answered(child: ChildProcess, port: number, path: string): Promise<void> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
    const status = await statusOf(port, path).catch(() => undefined);
    if (status === 200) return;
    if (status !== undefined) throw new Error(`it answers ${status}`);
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
}

function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { port, host: '127.0.0.1', path, agent: false, headers: { accept: ACCEPT } },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      },
    );
    request.once('error', reject);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

const logsIn = (work: string): string[] =>
  readdirSync(work)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(work, name));

const logOf = (work: string): string =>
  logsIn(work)
    .map((file) => readFileSync(file, 'utf8').slice(-MAX_TOLD_CHARACTERS))
    .join('\n');
