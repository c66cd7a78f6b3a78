import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/ociregistry');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

interface Where {
  readonly cwd?: string;
  readonly path?: string;
}
const run = (
  file: string,
  args: string[],
  { cwd = root, path = process.env['PATH'] ?? '' }: Where = {},
): SpawnSyncReturns<string> => spawnSync(file, args, { cwd, encoding: 'utf8', env: { PATH: path } });

/** A PATH with the shell's tools and no Node, or with one that says it is `version`. */
function pathWithNode(version?: string): string {
  const folder = tempFolder();
  for (const name of ['sh', 'dirname', 'readlink', 'echo', 'cat']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, join(folder, name));
  }
  if (version !== undefined) script(join(folder, 'node'), `[ "$1" = --version ] && echo ${version} || echo "ran $*"`);
  return folder;
}

function script(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** The launcher in a tree of its own: a clone, or what the package holds. */
function tree(...files: string[]): string {
  const folder = tempFolder();
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(launcher, join(folder, 'bin/ociregistry'));
  return folder;
}

describe('bin/ociregistry', () => {
  test('runs from any working directory, and through links', () => {
    const links = tempFolder();
    symlinkSync(launcher, join(links, 'one'));
    symlinkSync('one', join(links, 'two'));
    for (const file of [launcher, join(links, 'one'), join(links, 'two')]) {
      const { stdout, stderr, status } = run(file, ['--version'], { cwd: links });
      assert.deepEqual([stdout, stderr, status], [`${version}\n`, '', 0]);
    }
  });

  test('CDPATH does not lead it astray', () => {
    const elsewhere = tempFolder();
    mkdirSync(join(elsewhere, 'bin'));
    const { stdout, status } = spawnSync(relative(root, launcher), ['--version'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], CDPATH: elsewhere },
    });
    assert.deepEqual([stdout, status], [`${version}\n`, 0]);
  });

  test('passes on arguments and the exit status', () => {
    assert.equal(run(launcher, ['no-such-command']).status, 2);
  });

  test('on a clone that is not set up says what to run', () => {
    const clone = tree('cmd/ociregistry.ts');
    const { stderr, status } = run(join(clone, 'bin/ociregistry'), []);
    assert.equal(stderr, `ociregistry: not set up yet: run \`npm ci\` in ${clone}\n`);
    assert.equal(status, 1);
  });

  test('without Node, or with one that is too old, says so in one line', () => {
    const installed = tree('bin/dist/cmd/ociregistry.js');
    const none = run(join(installed, 'bin/ociregistry'), [], { path: pathWithNode() });
    assert.match(none.stderr, /^ociregistry: it needs Node\.js 24 or newer, and there is none on the PATH: .*\n$/);
    assert.equal(none.status, 1);
    const old = run(join(installed, 'bin/ociregistry'), [], { path: pathWithNode('v20.20.2') });
    assert.match(old.stderr, /^ociregistry: it needs Node\.js 24 or newer, \S+ is v20\.20\.2: .*\n$/);
    assert.equal(old.status, 1);
  });

  test('installed from the package runs the compiled program with the machine’s Node', () => {
    const installed = tree('bin/dist/cmd/ociregistry.js');
    const { stdout, status } = run(join(installed, 'bin/ociregistry'), ['list', '--json'], {
      path: pathWithNode('v24.1.0'),
    });
    assert.deepEqual([stdout, status], [`ran ${join(installed, 'bin/dist/cmd/ociregistry.js')} list --json\n`, 0]);
  });

  test('becomes the program, so that signals reach it', () => {
    const installed = tree('bin/dist/cmd/ociregistry.js');
    const path = pathWithNode();
    script(join(path, 'node'), '[ "$1" = --version ] && echo v26.10.0 || echo $$');
    const { stdout, pid } = run(join(installed, 'bin/ociregistry'), [], { path });
    assert.equal(stdout, `${pid}\n`);
  });

  test('a Node that does not run is none', () => {
    const installed = tree('bin/dist/cmd/ociregistry.js');
    for (const text of ['exit 126', 'echo nonsense']) {
      const path = pathWithNode();
      script(join(path, 'node'), text);
      const { stderr, status } = run(join(installed, 'bin/ociregistry'), [], { path });
      assert.match(stderr, /^ociregistry: it needs Node\.js 24 or newer, .*\n$/);
      assert.equal(status, 1);
    }
  });

  test('the packed tarball, installed elsewhere, serves', { timeout: 180_000 }, () => {
    const folder = tempFolder();
    const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    const npm = (args: string[], cwd: string): string => {
      const { stdout, stderr, status } = spawnSync('npm', args, {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, PATH: path },
      });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const packed = npm(['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').at(-1) ?? '';
    npm(
      ['install', '--global', '--no-audit', '--no-fund', '--prefix', join(folder, 'prefix'), join(folder, packed)],
      folder,
    );
    const { stdout, status, stderr } = run(join(folder, 'prefix/bin/ociregistry'), ['--version'], {
      cwd: folder,
      path,
    });
    assert.deepEqual([stdout, status], [`${version}\n`, 0], stderr);
    const help = run(join(folder, 'prefix/bin/ociregistry'), ['serve', '--help'], { cwd: folder, path });
    assert.match(help.stdout, /--images/);
  });
});
