import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from './children.ts';
import { peakBytes } from './process-tree.ts';

const SAMPLE_MS = 20;
const MAX_TOLD_CHARACTERS = 2_000;

/** What a program took. */
export interface MeasuredRun {
  /** From before it was started until it had ended. */
  readonly seconds: number;
  /** The most that it and its children held at once; what they took in the last moment before they ended is not in it. */
  readonly peakBytes: number;
}

/** Runs a program to its end, what it prints thrown away. Rejects when it fails, with what it complained of. */
export async function measureRun(program: string, args: readonly string[]): Promise<MeasuredRun> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  endWithUs(child, 'SIGKILL');
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(-MAX_TOLD_CHARACTERS)));
  const closed = once(child, 'close');
  let peak = 0;
  const sample = (): void => void (peak = Math.max(peak, child.pid === undefined ? 0 : peakBytes(child.pid)));
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    sample();
    await once(child, 'exit');
  } finally {
    clearInterval(timer);
  }
  const seconds = (performance.now() - started) / 1000;
  await closed;
  if (child.exitCode !== 0) {
    throw new Error(`${[program, ...args].join(' ')}: ${child.exitCode ?? child.signalCode}: ${told}`);
  }
  return { seconds, peakBytes: peak };
}
