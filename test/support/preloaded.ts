import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tool } from './clients/requires.ts';
import { tempFolder } from './temp-folder.ts';

const built = new Map<string, string>();

/** Builds `test/support/<name>.c`, and gives what makes a program load it before everything else. */
export function preloading(name: string): { readonly LD_PRELOAD: string } {
  const known = built.get(name);
  if (known !== undefined) return { LD_PRELOAD: known };
  const library = join(tempFolder(), `${name}.so`);
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const { status, stderr } = spawnSync(tool('gcc'), ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  built.set(name, library);
  return { LD_PRELOAD: library };
}
