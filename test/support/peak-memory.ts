import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether the machine tells how much memory a process took. */
export const tellsPeakMemory = existsSync('/proc/self/status');

const SAMPLE_MS = 20;

/** The most memory that a process took, in bytes; as long as it runs, up to now. */
export function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The same of a process that ends: what it took in its last moments may be missing. */
export async function peakMemoryUntil(ended: Promise<unknown>, pid: number): Promise<number> {
  const isOver = ended.then(() => true);
  let peak = 0;
  do {
    try {
      peak = Math.max(peak, peakMemory(pid));
    } catch {
      break; // It has ended.
    }
  } while (!(await Promise.race([isOver, delay(SAMPLE_MS, false)])));
  await ended;
  return peak;
}
