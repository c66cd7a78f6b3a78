import { spawnSync } from 'node:child_process';
import { tool } from './clients/requires.ts';
import { tempFolder } from './temp-folder.ts';

/** What mounting takes, for `missing`. */
export const MOUNTING_NEEDS = ['root', 'mount', 'umount'] as const;

/** A folder that something is mounted on. */
export interface Mounted extends Disposable {
  readonly path: string;
  /** With other options. */
  readonly remount: (options: string) => void;
}

/** Whether root may mount here: not in every container. */
export function canMount(): boolean {
  try {
    mountTmpfs('size=64k')[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** A file system of its own, in memory, `size=4m`. */
export function mountTmpfs(options: string): Mounted {
  const path = tempFolder();
  mount('-t', 'tmpfs', '-o', options, 'tmpfs', path);
  return mounted(path);
}

/** The same folder, where nothing can be written. */
export function mountReadOnly(folder: string): Mounted {
  const path = tempFolder();
  mount('--bind', '-o', 'ro', folder, path);
  return mounted(path);
}

const mounted = (path: string): Mounted => ({
  path,
  remount: (options) => mount('-o', `remount,${options}`, path),
  // Who still runs there will be gone in a moment.
  [Symbol.dispose]: () => call('umount', '--lazy', path),
});

const mount = (...args: readonly string[]): void => call('mount', ...args);

function call(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(tool(program), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
