import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Clients that Debian has no package of: `.ci/clients` builds them into this folder. */
const builtFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ociregistry-clients', 'bin');

/** Programs of our own folder, by the name the tests use; the others are looked up on the PATH. */
const built: Readonly<Record<string, string>> = {
  crane: 'crane',
  regctl: 'regctl',
  helm: 'helm',
  cosign: 'cosign',
  'containerd-2': 'containerd',
  'ctr-2': 'ctr',
  'containerd-shim-2': 'containerd-shim-runc-v2',
  'oras-client': 'oras-client',
  registry: 'registry',
};

/** What a test cannot do without: programs, and `root` for those that mount. */
export type Requirement = string;

/** The reason to skip a test on this machine, or false. In CI (`OCIREGISTRY_TEST_ALL=1`) it throws instead: there
 *  everything is installed, and a test that is skipped unseen protects nobody. */
export function missing(...requirements: readonly Requirement[]): string | false {
  const absent = requirements.filter((requirement) => !isThere(requirement));
  if (absent.length === 0) return false;
  const reason = `needs ${[...new Set(absent)].join(', ')} (.ci/clients installs the clients)`;
  if (process.env['OCIREGISTRY_TEST_ALL'] === '1') throw new Error(reason);
  return reason;
}

/** Full path of a program that `missing` did not name. */
export function tool(name: string): string {
  const found = find(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

function isThere(requirement: Requirement): boolean {
  return requirement === 'root' ? process.getuid?.() === 0 : find(requirement) !== undefined;
}

function find(name: string): string | undefined {
  const ours = built[name];
  if (ours !== undefined) return executable(join(builtFolder, ours));
  // Daemons lie in sbin, which a plain user's PATH leaves out.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => executable(join(folder, name))).find((path) => path !== undefined);
}

function executable(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}
