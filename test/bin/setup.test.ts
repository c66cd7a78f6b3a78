import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';

const setup = join(import.meta.dirname, '../../bin/setup.js');

interface Locked {
  readonly version: string;
  readonly optional?: boolean;
}
const wanted: Record<string, Locked> = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/elsewhere': { version: '2.0.0', optional: true },
};

/** A clone whose `npm` writes `installs`, or fails, and notes how it was called. */
class Clone {
  readonly folder = tempFolder();
  readonly #calls = join(this.folder, 'npm-calls');

  constructor(npmDoes: string) {
    for (const name of ['bin', 'tools', 'node_modules']) mkdirSync(join(this.folder, name));
    copyFileSync(setup, join(this.folder, 'bin/setup.js'));
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
    this.write('package-lock.json', wanted);
    this.write('after-install.json', wanted);
    const npm = join(this.folder, 'tools/npm');
    writeFileSync(npm, `#!/bin/sh\necho "$*" >>npm-calls\necho chatter\n${npmDoes}\n`);
    chmodSync(npm, 0o755);
  }

  write(file: string, packages: Record<string, Locked>): void {
    writeFileSync(join(this.folder, file), JSON.stringify({ packages }));
  }

  /** Runs it from elsewhere; `calls` are those that npm had until now. */
  setUp(): { status: number | null; stdout: string; stderr: string; calls: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.folder, 'bin/setup.js')], {
      cwd: tempFolder(),
      encoding: 'utf8',
      env: { PATH: [join(this.folder, 'tools'), process.env['PATH'] ?? ''].join(delimiter) },
    });
    return { status, stdout, stderr, calls: existsSync(this.#calls) ? readFileSync(this.#calls, 'utf8') : '' };
  }
}

const INSTALLS = 'cp after-install.json node_modules/.package-lock.json';
const CALL = 'ci --no-audit --no-fund --loglevel=error\n';

describe('bin/setup.js', () => {
  test('installs once, and is silent the second time', () => {
    const clone = new Clone(INSTALLS);
    const first = clone.setUp();
    assert.deepEqual(first, { status: 0, stdout: '', stderr: 'installing the dependencies, once …\n', calls: CALL });
    assert.deepEqual(clone.setUp(), { status: 0, stdout: '', stderr: '', calls: CALL });
  });

  test('does nothing after `npm ci` by hand, where optional packages may be missing', () => {
    const clone = new Clone(INSTALLS);
    clone.write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    assert.deepEqual(clone.setUp(), { status: 0, stdout: '', stderr: '', calls: '' });
  });

  test('installs again when package-lock.json asks for something else', () => {
    const clone = new Clone(INSTALLS);
    for (const present of [{}, { 'node_modules/a': { version: '0.9.0' } }]) {
      clone.write('node_modules/.package-lock.json', present);
      assert.equal(clone.setUp().status, 0);
    }
    assert.equal(clone.setUp().calls, CALL.repeat(2));
  });

  test('a failure names what to run, and where', () => {
    const clone = new Clone('exit 3');
    const { status, stderr } = clone.setUp();
    assert.equal(status, 1);
    assert.ok(stderr.endsWith(`the dependencies could not be installed: run \`npm ci\` in ${clone.folder}/\n`), stderr);
  });
});
