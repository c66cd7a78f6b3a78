import assert from 'node:assert/strict';
import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { writeArchive } from '../support/write-archive.ts';
import { writeCraneFolder, writeOciLayout } from '../support/write-images.ts';
import { runProgram, startServe } from './program.ts';

const image = tinyImage();

/** An archive of one image, `x/y:v1`. */
async function archive(name = 'bundle.tar'): Promise<string> {
  const folder = tempFolder();
  await writeCraneFolder(join(folder, 'source'), image, 'x/y:v1');
  await writeArchive(join(folder, name), join(folder, 'source'));
  return join(folder, name);
}

const target = () => join(tempFolder(), 'images');

describe('load', { concurrency: 2 }, () => {
  test('tells each image and the sum on stderr, and nothing with --quiet', async () => {
    const [file, images] = [await archive(), target()];
    const first = await runProgram(['load', '--images', images, file]);
    assert.equal(first.status, 0);
    assert.equal(first.stdout, '');
    assert.match(
      first.stderr,
      /^loaded {5}x\/y:v1 {2}sha256:[0-9a-f]{12} {2}\d+ B new, 0 B here already\n1 loaded; \d+ B new/,
    );
    const second = await runProgram(['load', '--images', images, file, '--quiet']);
    assert.deepEqual([second.status, second.stdout, second.stderr], [0, '', '']);
    const third = await runProgram(['load', '--images', images, file]);
    assert.match(third.stderr, /^unchanged {2}x\/y:v1 .*\n0 loaded, 1 unchanged; 0 B new/);
  });

  test('a dry run prints what would come, and does not even make the folder', async () => {
    const [file, images] = [await archive(), target()];
    const { status, stdout, stderr } = await runProgram(['load', '--images', images, file, '--dry-run']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(
      stdout,
      /^would load x\/y:v1 {2}sha256:[0-9a-f]{12} {2}\d+ B to bring in, 0 B here already\n1 to load; /,
    );
    await assert.rejects(access(images));
  });

  test('after a failure nothing else is loaded, and nothing is left of it', async () => {
    const [file, images] = [await archive(), target()];
    const { status, stderr } = await runProgram(['load', '--images', images, file, join(images, 'none.tar')]);
    assert.equal(status, 1);
    assert.match(stderr, /none\.tar: no such file or folder\n$/);
    assert.deepEqual(await readdir(join(images, '_fills')), []);
    await assert.rejects(access(join(images, 'x')));
  });

  test('with --continue the others are, and all that failed is told at the end', async () => {
    const [file, images] = [await archive(), target()];
    const bad = join(tempFolder(), 'list.txt');
    await writeFile(bad, 'nginx\nUpper:1\n');
    const { status, stderr } = await runProgram(['load', '--images', images, './none.tar', bad, file, '--continue']);
    assert.equal(status, 1);
    assert.match(stderr, /loaded {5}x\/y:v1/);
    assert.match(stderr, /1 loaded, 2 failed; /);
    assert.match(
      stderr,
      /\nociregistry: \.\/none\.tar: no such file or folder\nociregistry: list\.txt:1: "nginx" has no tag/,
    );
  });

  test('every line of a list that is wrong is told, each on its own', async () => {
    const bad = join(tempFolder(), 'list.txt');
    await writeFile(bad, 'nginx\nUpper:1\nfine:1\n');
    const { status, stderr } = await runProgram(['load', '--images', target(), bad]);
    assert.equal(status, 1);
    assert.match(stderr, /^ociregistry: list\.txt:1: [^\n]*\nociregistry: list\.txt:2: [^\n]*\n$/);
  });

  for (const { args, status, message } of [
    { args: [], status: 2, message: /missing required argument 'source'/ },
    { args: ['x', '--as', 'Upper'], status: 2, message: /--as "Upper": allowed: NAME\[:TAG\]/ },
    { args: ['x', '--prefix', 'a//b'], status: 2, message: /--prefix "a\/\/b": allowed: a path like team\/app/ },
    { args: ['x', '--platform', 'linux'], status: 2, message: /--platform "linux": allowed: os\/architecture/ },
    { args: ['x', '--concurrency', '0'], status: 2, message: /--concurrency "0": allowed: 1 to 999/ },
    {
      args: ['x', '--upstream', 'a=ftp://b'],
      status: 2,
      message: /--upstream "a=ftp:\/\/b": allowed: HOST or HOST=URL/,
    },
    { args: ['Upper/case:1'], status: 1, message: /no such file or folder, and no image: .* has upper case/ },
    { args: ['127.0.0.1:1/a:v1'], status: 1, message: /127\.0\.0\.1:1\/a:v1: .*connection refused/ },
    { args: ['a:v1', '--ca', '/none.pem'], status: 1, message: /--ca \/none\.pem: no such file or directory/ },
    { args: ['a:v1', '--docker-config', '/none.json'], status: 1, message: /\/none\.json: no such file/ },
  ]) {
    test(`${args.join(' ') || 'nothing'}: status ${status}`, async () => {
      const ended = await runProgram(['load', '--images', target(), ...args]);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, message);
      assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr);
    });
  }

  test('--prune-tags wants an inventory', async () => {
    const ended = await runProgram(['load', '--images', target(), await archive(), '--prune-tags']);
    assert.equal(ended.status, 2);
    assert.match(ended.stderr, /--prune-tags: none of the sources is an inventory/);
  });

  test('a parent folder that is missing is not made', async () => {
    const ended = await runProgram(['load', '--images', join(target(), 'images'), await archive()]);
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /its parent folder .* does not exist/);
  });

  test('a layout with a tag alone needs a name', async () => {
    const folder = tempFolder();
    await writeOciLayout(folder, [{ image, tag: 'v1' }]);
    const without = await runProgram(['load', '--images', target(), folder]);
    assert.match(without.stderr, /: no name is written inside: give one with --as NAME\[:TAG\]/);
    const named = await runProgram(['load', '--images', target(), folder, '--as', 'team/app']);
    assert.match(named.stderr, /loaded {5}team\/app:v1/);
  });

  test('a server that runs on the folder has it at the next request', async () => {
    const images = target();
    await using served = await startServe(['--images', images]);
    const ask = async () => (await fetch(`${served.url}/v2/x/y/manifests/v1`)).status;
    assert.equal(await ask(), 404);
    await runProgram(['load', '--images', images, await archive()]);
    assert.equal(await ask(), 200);
  });
});
