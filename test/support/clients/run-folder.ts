import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder that all test files of one run share; global-setup.ts sets it. */
export const RUN_FOLDER_VARIABLE = 'OCIREGISTRY_TEST_RUN_FOLDER';

let own: string | undefined;

/** The folder of this test run: shared when global-setup.ts made it, else this process's own, gone when it ends. */
export function runFolder(): string {
  const shared = process.env[RUN_FOLDER_VARIABLE];
  if (shared !== undefined) return shared;
  if (own === undefined) {
    own = makeRunFolder();
    const folder = own;
    process.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
  }
  return own;
}

export function makeRunFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ociregistry-run-'));
}

/** A folder that is removed again. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** `name` is for the eye that finds it in a log. */
export async function tempFolder(name: string): Promise<TempFolder> {
  const path = await mkdtemp(join(runFolder(), `${name}-`));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
