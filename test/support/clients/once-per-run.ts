import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runFolder } from './run-folder.ts';

const WAIT_MS = 180_000;

/** The folder `name` of this test run, filled by `make` for the first test file that asks; the others wait for it. */
export async function oncePerRun(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const done = join(runFolder(), name);
  const inWork = `${done}.inwork`;
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    if (await exists(done)) return done;
    if (!(await makeFolder(inWork))) {
      await delay(100);
      continue;
    }
    try {
      if (await exists(done)) {
        await rm(inWork, { recursive: true });
        return done;
      }
      await make(inWork);
      await rename(inWork, done);
    } catch (error) {
      await rm(inWork, { recursive: true, force: true });
      throw error;
    }
  }
  throw new Error(`${done}: still being made by another test file after ${String(WAIT_MS)} ms`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** False when it is there already. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
