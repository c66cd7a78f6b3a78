import { readdirSync, readFileSync } from 'node:fs';

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
export function residentBytes(pid: number): number {
  return treeOf(pid)
    .map((process) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(`${process}/status`))?.[1] ?? 0) * 1024)
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
