import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../bytes.ts';
import { measureRun } from '../measured-run.ts';
import { readThrough, settle } from '../settle.ts';
import type { Tool } from '../tools.ts';
import type { Contender } from './task.ts';

/** What is measured of a program that writes images. */
export const writingMeasures = {
  time: { unit: 's', better: 'less' },
  durable: { unit: 's until on disk', better: 'less' },
  memory: { unit: 'MiB', better: 'less' },
} as const;

export interface Writing {
  /** A folder on the file system to write to. */
  readonly folder: string;
  /** What is read, when it is files. */
  readonly source?: string;
  /** What has to be there afterwards, at least. */
  readonly bytes: number;
}

export interface Writer {
  readonly name: string;
  readonly tool: Tool;
  /** Its own program, unless another is said to start. */
  readonly program?: string;
  /** To write into `target`, an empty folder. */
  readonly args: (target: string) => readonly string[];
}

/** A program that writes images into an empty folder. `time` is from its start to its end. Ours syncs all that it writes before
 *  it ends, so that is in its time; the others leave that to the kernel, so `durable` has in addition what a sync of the file
 *  system takes then. In neither is: making the folder and removing it, reading the source once so that it is in the page
 *  cache, and a sync before, so that what others wrote is no longer being written. */
export const writer = ({ folder, source, bytes }: Writing, { name, tool, program, args }: Writer): Contender => ({
  name,
  tool,
  measure: async () => {
    const target = mkdtempSync(join(folder, 'target-'));
    try {
      if (source !== undefined) await readThrough(source);
      await settle(folder);
      const { seconds, peakBytes } = await measureRun(program ?? tool.program!, args(target));
      const ended = performance.now();
      await settle(target);
      const durable = seconds + (performance.now() - ended) / 1000;
      const stored = await storedBytes(target);
      if (stored < bytes) throw new Error(`${name} wrote ${stored} bytes, expected at least ${bytes}`);
      return { time: seconds, durable, memory: peakBytes / MIB };
    } finally {
      await rm(target, { recursive: true, force: true });
    }
  },
});

/** The bytes of all files in a folder, one that has several names once. */
export async function storedBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = new Map<number, number>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const { ino, size } = await stat(join(entry.parentPath, entry.name));
    sizes.set(ino, size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A folder in the workplace. */
export async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
