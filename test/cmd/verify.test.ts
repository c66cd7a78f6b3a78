import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { splitDigest } from '../../api/oci/digest.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { layerOf, tinyImage } from '../support/tiny-image.ts';
import { writeArchive } from '../support/write-archive.ts';
import { layoutBlobPath, writeOciLayout, writeSkopeoDir } from '../support/write-images.ts';
import { canBeUnprivileged, runProgram, startServe, type Ended } from './program.ts';

const image = tinyImage({ layers: [layerOf('a layer')] });
const other = tinyImage({ seed: 'other' });
const layer = image.layers[0]!.digest;
const hex = splitDigest(layer).encoded;

/** A folder with an image that was loaded, and one that a person put there; and the archive of the first. */
async function filled(): Promise<{ root: string; archive: string }> {
  const folder = tempFolder();
  const source = join(folder, 'source');
  await writeOciLayout(source, [{ image, tag: 'v1' }]);
  const archive = join(folder, 'app.tar');
  await writeArchive(archive, source);
  const root = join(folder, 'images');
  const { status, stderr } = await runProgram(['load', '--images', root, '--as', 'team/app:v1', archive]);
  assert.equal(status, 0, stderr);
  await writeSkopeoDir(join(root, 'person/v1'), other);
  return { root, archive };
}

const verify = (root: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(['verify', '--images', root, ...args]);

describe('verify', { concurrency: 2 }, () => {
  let good = '';
  before(async () => {
    good = (await filled()).root;
  });

  test('says of each image that it is good, and how much was read', async () => {
    const { status, stdout, stderr } = await verify(good);
    assert.equal(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /^good {2}(?:person|team\/app):v1\ngood {2}\S+:v1\nall good: 2 images, 5 files, \d+ B\n$/);
    assert.deepEqual(await verify(good, '--quiet'), { status: 0, stdout: '', stderr: '' });
  });

  test('by patterns looks at those images, in mounts too', async () => {
    const { stderr } = await verify(good, '--mount', `iso=${good}`, 'iso/team/*', 'person:v2');
    assert.match(stderr, /^good {2}iso\/team\/app:v1\nall good: 1 images, 3 files, /);
  });

  test('prints what is bad as a table, with status 1', async () => {
    const { root } = await filled();
    await writeFile(join(root, '_blobs/sha256', hex), Buffer.alloc(image.layers[0]!.bytes.length));
    await rm(join(root, 'person/v1', splitDigest(other.config.digest).encoded));
    const { status, stdout, stderr } = await verify(root, '--quiet');
    assert.equal(status, 1);
    assert.match(stderr, /^ociregistry: 2 bad, of 2 images, 4 files, \d+ B\n$/);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {3,}/));
    assert.deepEqual(rows[0], ['PATH', 'EXPECTED', 'FOUND', 'IMAGES']);
    assert.deepEqual(rows[1], [join(root, 'person/v1'), other.config.digest, 'missing', 'person:v1']);
    assert.deepEqual(rows[2]!.toSpliced(2, 1), [layoutBlobPath(join(root, 'team/app'), layer), layer, 'team/app:v1']);
    assert.match(rows[2]![2]!, /^sha256:[0-9a-f]{64}$/);
  });

  test('--json prints one document with every field', async () => {
    const { root } = await filled();
    await writeFile(join(root, '_blobs/sha256', hex), 'short');
    const { status, stdout } = await verify(root, '--json');
    assert.equal(status, 1);
    const { bytes, ...document } = JSON.parse(stdout) as { bytes: number };
    assert.ok(bytes > 0);
    assert.deepEqual(document, {
      images: 2,
      files: 5,
      bad: [
        {
          path: layoutBlobPath(join(root, 'team/app'), layer),
          otherPaths: [join(root, '_blobs/sha256', hex)],
          expected: layer,
          found: { is: 'size', digest: null, size: 5, expectedSize: image.layers[0]!.bytes.length, reason: null },
          images: ['team/app:v1'],
          movedTo: null,
          stayed: null,
        },
      ],
    });
  });

  test('what was moved aside is not served until it is loaded again', async () => {
    const { root, archive } = await filled();
    await using server = await startServe(['--images', root]);
    const status = async (path: string): Promise<number> => (await fetch(`${server.url}/v2/team/app/${path}`)).status;
    assert.equal(await status(`blobs/${layer}`), 200);
    await writeFile(join(root, '_blobs/sha256', hex), Buffer.alloc(image.layers[0]!.bytes.length));
    const { status: exit, stdout } = await verify(root, '--quarantine', '--quiet');
    assert.equal(exit, 1);
    assert.match(stdout, new RegExp(`MOVED TO\\n.* ${join(root, `_quarantine/sha256-${hex}`)}\\n$`));
    assert.equal(await status('manifests/v1'), 404);
    assert.equal(await status(`blobs/${layer}`), 404);
    assert.equal((await verify(root)).status, 1, 'an image that lacks something is bad');

    const loaded = await runProgram(['load', '--images', root, '--as', 'team/app:v1', archive]);
    assert.equal(loaded.status, 0, loaded.stderr);
    assert.equal((await verify(root)).status, 0);
    assert.equal(await status('manifests/v1'), 200);
    assert.equal(await status(`blobs/${layer}`), 200);
  });

  test(
    'a folder that is read-only is verified; what may not be read is bad, and stays',
    { skip: !canBeUnprivileged && 'needs setpriv' },
    async () => {
      const { root } = await filled();
      const path = join(root, 'person/v1', splitDigest(other.config.digest).encoded);
      await chmod(join(root, 'person/v1'), 0o555);
      await chmod(root, 0o555);
      const run = (...args: string[]): Promise<Ended> =>
        runProgram(['verify', '--images', root, ...args], { unprivileged: true });
      assert.equal((await run()).status, 0);
      await chmod(path, 0);
      const { status, stdout } = await run('--json', '--quarantine');
      assert.equal(status, 1);
      const [bad, ...more] = (JSON.parse(stdout) as { bad: { path: string; found: object; stayed: string }[] }).bad;
      assert.deepEqual(more, []);
      assert.equal(bad?.path, path);
      assert.deepEqual(bad.found, {
        is: 'unreadable',
        digest: null,
        size: null,
        expectedSize: null,
        reason: 'it may not be read',
      });
      assert.match(bad.stayed, /EACCES/);
    },
  );

  test('a folder that is missing is told of', async () => {
    const { status, stderr } = await verify(join(good, 'no'));
    assert.equal(stderr, `ociregistry: images folder ${join(good, 'no')}: no such file or directory\n`);
    assert.equal(status, 1);
  });
});
