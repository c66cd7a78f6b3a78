import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing, tool } from '../support/clients/requires.ts';
import { readTar } from '../support/read-tar.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { descriptorOf, layerOf, piece, tinyImage, tinyIndex } from '../support/tiny-image.ts';
import { layoutBlobPath, writeLayoutBlob, writeOciLayout, writeSkopeoDir } from '../support/write-images.ts';
import { canBeUnprivileged, runProgram } from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../cmd/ociregistry.ts', import.meta.url));

describe('export oci-archive', { concurrency: 2 }, () => {
  const images = join(tempFolder(), 'images');
  const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
  const app = tinyIndex([tinyImage({ seed: 'amd' }), tinyImage({ seed: 'arm', architecture: 'arm64' })]);
  const big = piece(Buffer.alloc(20_000_000, 'a large layer '), alpine.layers[0]!.mediaType);
  const large = tinyImage({ seed: 'large', more: { layers: [descriptorOf(big)] } });
  const bad = piece(Buffer.alloc(3_000_000, 'another layer '), alpine.layers[0]!.mediaType);
  const exportTo = (out: string, ...references: readonly string[]) =>
    runProgram(['export', 'oci-archive', '--images', images, '-o', out, ...references]);

  before(async () => {
    await writeSkopeoDir(join(images, 'library/alpine/3.19'), alpine);
    await writeOciLayout(join(images, 'team/app'), [{ image: app, tag: 'v1' }]);
    await writeOciLayout(join(images, 'large'), [{ image: large, tag: 'v1' }]);
    await writeLayoutBlob(join(images, 'large'), big);
    const image = tinyImage({ seed: 'bad', more: { layers: [descriptorOf(bad)] } });
    await writeOciLayout(join(images, 'bad'), [{ image, tag: 'v1' }]);
    await writeLayoutBlob(join(images, 'bad'), bad);
    await writeFile(layoutBlobPath(join(images, 'bad'), bad.digest), Buffer.alloc(3_000_000, 'somebody else '));
  });

  test('writes the images into the file, says so in one line, and leaves nothing else', async () => {
    const folder = tempFolder();
    const file = join(folder, 'bundle.tar');
    const { status, stdout, stderr } = await exportTo(file, 'alpine:3.19', 'team/app:v1');
    assert.match(stderr, /^exported 2 images, \d+(?:\.\d)? KiB, to \S+\/bundle.tar\n$/);
    assert.equal(stdout, '');
    assert.equal(status, 0);
    assert.deepEqual(await readdir(folder), ['bundle.tar']);
    const names = (await readTar(await readFile(file))).map(({ name }) => name);
    assert.ok(names.includes(`blobs/sha256/${alpine.manifest.digest.slice(7)}`));
    assert.ok(names.includes(`blobs/sha256/${app.manifest.digest.slice(7)}`));
  });

  test('writes the same to standard output, with -o - or without, and to a pipe that is there', async () => {
    const folder = tempFolder();
    await exportTo(join(folder, 'file'), 'large:v1');
    const expected = await readFile(join(folder, 'file'));
    const shell = async (script: string) => {
      const child = spawn('sh', ['-c', script, process.execPath, PROGRAM, images], { cwd: folder, stdio: 'inherit' });
      assert.deepEqual(await once(child, 'close'), [0, null]);
    };
    const command = '"$0" "$1" --images "$2" export oci-archive large:v1';
    await shell(`${command} 2>/dev/null | cat >stdout`);
    await shell(`${command} -o - 2>/dev/null >dash`);
    await shell(`mkfifo pipe; cat pipe >piped & ${command} -o pipe 2>/dev/null; wait`);
    for (const name of ['stdout', 'dash', 'piped'])
      assert.ok((await readFile(join(folder, name))).equals(expected), name);
    assert.ok((await stat(join(folder, 'pipe'))).isFIFO());
  });

  test('replaces a file, through a link to it, and keeps who may read it', async () => {
    const folder = tempFolder();
    await mkdir(join(folder, 'other'));
    const file = join(folder, 'other', 'bundle.tar');
    await writeFile(file, 'before');
    await chmod(file, 0o600);
    await symlink('other/bundle.tar', join(folder, 'link'));
    assert.equal((await exportTo(join(folder, 'link'), 'alpine:3.19')).status, 0);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.ok((await readTar(await readFile(file))).length > 3);
    assert.deepEqual(await readdir(join(folder, 'other')), ['bundle.tar']);
  });

  test('of what is not here says so, and leaves a file as it was', async () => {
    const folder = tempFolder();
    const file = join(folder, 'bundle.tar');
    await writeFile(file, 'before');
    for (const [reference, message] of [
      ['nope', /^ociregistry: no such repository: nope\n$/],
      ['team/app:v2', /^ociregistry: team\/app:v2: no such manifest\n$/],
      ['bad:v1', new RegExp(`ociregistry: blob ${bad.digest}: [^\n]*\n$`)],
    ] as const) {
      const { status, stdout, stderr } = await exportTo(file, 'alpine:3.19', reference);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(status, 1);
      assert.deepEqual(await readdir(folder), ['bundle.tar']);
      assert.equal(await readFile(file, 'utf8'), 'before');
    }
  });

  test('of an index without the platform that is said says which it has', async () => {
    const { status, stderr } = await exportTo(join(tempFolder(), 'x'), '--platform', 'linux/s390x', 'team/app:v1');
    assert.match(
      stderr,
      /docker.io\/team\/app:v1: no image for linux\/s390x is here, only for linux\/amd64, linux\/arm64/,
    );
    assert.equal(status, 1);
  });

  test('to a file that cannot be written names it and the reason', async () => {
    const folder = tempFolder();
    for (const [path, reason] of [
      [join(folder, 'no', 'bundle.tar'), 'no such file or directory'],
      [folder, 'illegal operation on a directory'],
      ['/dev/full', 'no space left on device'],
    ] as const) {
      const { status, stderr } = await exportTo(path, 'alpine:3.19');
      assert.equal(stderr, `ociregistry: ${path}: ${reason}\n`);
      assert.equal(status, 1);
    }
    assert.ok((await stat('/dev/full')).isCharacterDevice());
  });

  test('to a folder that may not be written names the file', { skip: !canBeUnprivileged }, async () => {
    const folder = tempFolder();
    await chmod(folder, 0o555);
    const file = join(folder, 'bundle.tar');
    const args = ['export', 'oci-archive', '--images', images, '-o', file, 'alpine:3.19'];
    const { status, stderr } = await runProgram(args, { unprivileged: true });
    assert.equal(stderr, `ociregistry: ${file}: permission denied\n`);
    assert.equal(status, 1);
  });

  test('on a disk that is full says so and leaves nothing', { skip: missing('root', 'mount', 'umount') }, async (t) => {
    const folder = tempFolder();
    const mounted = spawnSync(tool('mount'), ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    if (mounted.status !== 0) {
      t.skip('root may not mount here');
      return;
    }
    try {
      const file = join(folder, 'bundle.tar');
      await writeFile(file, 'before');
      const { status, stderr } = await exportTo(file, 'large:v1');
      assert.equal(stderr, `ociregistry: ${file}: no space left on device\n`);
      assert.equal(status, 1);
      assert.deepEqual(await readdir(folder), ['bundle.tar']);
      assert.equal(await readFile(file, 'utf8'), 'before');
    } finally {
      spawnSync(tool('umount'), [folder]);
    }
  });

  test('into a pipe that nobody reads any more fails', async () => {
    const script =
      '{ "$0" "$1" --images "$2" export oci-archive large:v1; echo "status $?" >&2; } | head -c 1 >/dev/null';
    const child = spawn('sh', ['-c', script, process.execPath, PROGRAM, images], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    assert.equal(await text(child.stderr), 'ociregistry: standard output: broken pipe\nstatus 1\n');
  });

  test('when it is stopped leaves nothing', async () => {
    const folder = tempFolder();
    // Larger than can be written before the signal; nobody gets far enough to see that it is not what it says.
    const endless = { ...descriptorOf(big), digest: `sha256:${'0'.repeat(64)}`, size: 8 * 1024 ** 3 };
    const layout = join(tempFolder(), 'endless');
    await writeOciLayout(layout, [{ image: tinyImage({ seed: 'endless', more: { layers: [endless] } }), tag: 'v1' }]);
    await writeFile(join(layout, 'blobs/sha256', '0'.repeat(64)), '');
    await truncate(join(layout, 'blobs/sha256', '0'.repeat(64)), endless.size);
    const out = ['-o', join(folder, 'bundle.tar'), 'endless:v1'];
    const args = [PROGRAM, 'export', 'oci-archive', '--images', join(layout, '..'), ...out];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const stderr = text(child.stderr);
    while ((await readdir(folder)).length === 0 && child.exitCode === null) await new Promise(setImmediate);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.equal(await stderr, 'ociregistry: stopped by SIGTERM\n');
    assert.deepEqual(await readdir(folder), []);
  });

  test('onto a terminal is wrong usage', { skip: missing('script') }, async () => {
    const command = `${process.execPath} ${PROGRAM} export oci-archive --images ${images} alpine:3.19; echo "status $?"`;
    const child = spawn(tool('script'), ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const stdout = await text(child.stdout);
    assert.match(stdout, /^ociregistry: an archive is not for a terminal: [^\n]*--out FILE[^\n]*\r\nstatus 2\r\n$/);
  });

  for (const { args, says } of [
    { args: ['export', 'oci-archive', '-o', 'x'], says: /missing required argument 'ref'/ },
    { args: ['export', 'oci-archive', '-o', 'x', 'UPPER:v1'], says: /"UPPER:v1" is no image/ },
    { args: ['export', 'oci-archive', '-o', '', 'a'], says: /--out ""/ },
    { args: ['export', 'oci-archive', '-o', 'x', '--platform', 'arm64', 'a'], says: /--platform "arm64": allowed: os/ },
    {
      args: ['export', 'oci-archiv', 'a'],
      says: /unknown command 'oci-archiv', did you mean oci-archive\? \(see ociregistry export --help\)/,
    },
    {
      args: ['export', 'oci-archive', '--outt', 'x', 'a'],
      says: /'--outt', did you mean --out\? \(see ociregistry export oci-archive --help\)/,
    },
  ]) {
    test(`${args.map((arg) => arg || "''").join(' ')} is wrong usage`, async () => {
      const { status, stdout, stderr } = await runProgram(args, { cwd: tempFolder() });
      assert.match(stderr, says);
      assert.match(stderr, /^ociregistry: [^\n]+\n$/);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }
});

describe('export', { concurrency: 2 }, () => {
  test('alone prints its help to stderr, with status 2', async () => {
    const { status, stdout, stderr } = await runProgram(['export']);
    assert.match(stderr, /^Usage: ociregistry export /);
    assert.match(stderr, /\n {2}oci-archive \[options\] <ref...> /);
    assert.equal(stdout, '');
    assert.equal(status, 2);
  });

  for (const command of [['export'], ['export', 'oci-archive']]) {
    const name = ['ociregistry', ...command].join(' ');
    test(`${name} --help has purpose, usage, options with defaults and variables, and two examples`, async () => {
      const { status, stdout, stderr } = await runProgram([...command, '--help']);
      assert.match(stdout, new RegExp(`^Usage: ${name} `));
      assert.match(stdout, /--images <dir> +the images folder \(default: \.\/images; env:\s+OCIREGISTRY_IMAGES\)/);
      assert.match(stdout, /\nExamples:\n {2}ociregistry .*\n {2}ociregistry .*\n$/);
      assert.equal(stderr, '');
      assert.equal(status, 0);
    });
  }
});
