import { readdirSync, readFileSync } from 'node:fs';
import { KIB } from './bytes.ts';

/** A process and all that it started, which are still there. */
function treeOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => {
    const list = readProc(`${pid}/task/${thread}/children`);
    return list.split(' ').filter(Boolean).map(Number);
  });
  return [pid, ...children.flatMap(treeOf)];
}

/** CPU time that a process and its children took so far, in seconds. From the scheduler's own count in nanoseconds: the ticks
 *  of `/proc/PID/stat` are 10 ms, a tenth of what nginx needs for a gigabyte. */
export function cpuSeconds(pid: number): number {
  const nanoseconds = treeOf(pid).flatMap((process) =>
    threadsOf(process).map((thread) => Number(readProc(`${process}/task/${thread}/schedstat`).split(' ')[0])),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

/** Memory that a process and its children hold, in bytes; the page cache is not theirs. */
export const residentBytes = (pid: number): number => sumOf(pid, 'VmRSS');

/** The most that each of them held so far, in sum: what one held in a moment in which nobody looked is in it. */
export const peakBytes = (pid: number): number => sumOf(pid, 'VmHWM');

function sumOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm');
  return treeOf(pid)
    .map((process) => Number(line.exec(readProc(`${process}/status`))?.[1] ?? 0) * KIB)
    .reduce((sum, one) => sum + one, 0);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It ended meanwhile.
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
