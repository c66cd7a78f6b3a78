// Installs the dependencies when they are missing or differ from package-lock.json; else does nothing, quickly.
// Plain JavaScript for whatever Node is there: the project's own comes with the dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

if (!isInstalled()) {
  console.error('installing the dependencies, once …');
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    const reason = error ? ` (${error.message})` : '';
    console.error(`the dependencies could not be installed${reason}: run \`npm ci\` in ${root}`);
    process.exit(1);
  }
}

/** Whether node_modules holds what package-lock.json asks for, by npm's own note of it, which it writes last. */
function isInstalled() {
  const note = `${root}node_modules/.package-lock.json`;
  if (!existsSync(note)) return false;
  const present = packagesOf(note);
  return Object.entries(packagesOf(`${root}package-lock.json`)).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    // An optional one may be for another platform; '' is the project itself.
    if (found === undefined) return optional || path === '';
    return found.version === version && found.integrity === integrity;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
