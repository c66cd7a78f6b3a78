// Installs the dependencies when they are missing or belong to another package-lock.json; else does nothing, quickly.
// Plain JavaScript for whatever Node is there: the project's own comes with the dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const stamp = new URL('node_modules/.installed-from', root);
const lock = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex');

if (read(stamp) !== lock) {
  console.error('installing the dependencies, once …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    console.error('the dependencies could not be installed: `npm ci` says why');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

function read(url) {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return undefined;
  }
}
