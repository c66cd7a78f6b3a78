import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { descriptorOf, layerOf, tinyImage, tinyIndex } from '../support/tiny-image.ts';
import { layoutBlobPath, writeOciLayout, writeSkopeoDir } from '../support/write-images.ts';
import { runProgram } from './program.ts';

describe('inspect', { concurrency: 2 }, () => {
  const images = join(tempFolder(), 'images');
  const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
  const arm = tinyImage({ seed: 'arm', architecture: 'arm64' });
  const app = tinyIndex([tinyImage({ seed: 'amd' }), arm]);
  const note = tinyImage({
    seed: 'note',
    more: { artifactType: 'text/plain', subject: descriptorOf(app.manifest), annotations: { who: 'me\u001b[31m' } },
  });
  const inspect = (...args: readonly string[]) => runProgram(['inspect', '--images', images, ...args]);

  before(async () => {
    await writeSkopeoDir(join(images, 'library/alpine/latest'), alpine);
    await writeOciLayout(join(images, 'team/app'), [{ image: app, tag: 'v1' }, { image: note }]);
    await rm(layoutBlobPath(join(images, 'team/app'), arm.manifest.digest));
  });

  test('shows manifest, platform, layers with sizes and where it lies', async () => {
    const { status, stdout, stderr } = await inspect('library/alpine:latest');
    assert.match(stdout, /^Name: +library\/alpine:latest\n/);
    assert.match(stdout, new RegExp(`\nDigest: +${alpine.manifest.digest}\n`));
    assert.match(stdout, /\nPlatforms: +linux\/amd64\n/);
    assert.match(stdout, new RegExp(`\nPath: +${join(images, 'library/alpine/latest')}\n`));
    for (const layer of alpine.layers) {
      assert.match(stdout, new RegExp(`\n +${layer.digest} +${String(layer.bytes.length)} B +\\S+\n`));
    }
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

  test('the tag is latest when there is none, and Docker Hub is asked by any of its names', async () => {
    for (const name of ['library/alpine', 'alpine', 'docker.io/library/alpine']) {
      const { stdout } = await inspect('--json', name);
      const { tag, digest, path } = JSON.parse(stdout) as Record<string, string>;
      assert.deepEqual([tag, digest, path], ['latest', alpine.manifest.digest, join(images, 'library/alpine/latest')]);
    }
  });

  test('shows the children of an index, those that are not here too, and its referrers', async () => {
    const { stdout } = await inspect('team/app:v1');
    assert.match(stdout, /\nPlatforms: +linux\/amd64, linux\/arm64\n/);
    assert.match(stdout, new RegExp(`\n +${arm.manifest.digest} +linux/arm64 +\\S+ +not here\n`));
    assert.match(stdout, new RegExp(`\nReferrers:\n +${note.manifest.digest} +text/plain\n`));
  });

  test('--json is one document, with every field for an image and for an index', async () => {
    const image = JSON.parse((await inspect('--json', 'alpine')).stdout) as Record<string, unknown>;
    const index = JSON.parse((await inspect('--json', `team/app@${app.manifest.digest}`)).stdout) as typeof image;
    assert.deepEqual(Object.keys(image), Object.keys(index));
    assert.deepEqual(image['manifest'], JSON.parse(alpine.manifest.bytes.toString()));
    assert.deepEqual(image['config'], JSON.parse(alpine.config.bytes.toString()));
    assert.deepEqual(
      image['layers'],
      alpine.layers.map((layer) => ({ ...descriptorOf(layer), present: true })),
    );
    assert.equal(index['tag'], null);
    assert.equal(index['config'], null);
    assert.deepEqual(
      (index['manifests'] as { present: boolean }[]).map(({ present }) => present),
      [true, false],
    );
  });

  test("--raw prints the manifest's exact bytes", async () => {
    const { stdout } = await inspect('--raw', 'team/app:v1');
    assert.equal(`sha256:${createHash('sha256').update(stdout).digest('hex')}`, app.manifest.digest);
  });

  test('what is not here is one line and status 1', async () => {
    for (const [name, message] of [
      ['nope', 'no such repository: nope'],
      ['team/app:v2', 'team/app:v2: no such manifest'],
    ] as const) {
      const { status, stdout, stderr } = await inspect(name);
      assert.equal(stderr, `ociregistry: ${message}\n`);
      assert.equal(stdout, '');
      assert.equal(status, 1);
    }
  });
});
