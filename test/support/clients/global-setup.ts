import { rm } from 'node:fs/promises';
import { makeRunFolder, RUN_FOLDER_VARIABLE } from './run-folder.ts';

// For `node --test --test-global-setup`: the files of one run share a folder, so that the images for the clients are
// made once. A file that is run by itself makes its own.

export function globalSetup(): void {
  process.env[RUN_FOLDER_VARIABLE] = makeRunFolder();
}

export async function globalTeardown(): Promise<void> {
  const folder = process.env[RUN_FOLDER_VARIABLE];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
