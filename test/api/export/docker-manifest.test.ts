import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OciArchiveOptions } from '../../../api/export/oci-archive.ts';
import {
  descriptorOf,
  layerOf,
  piece,
  piecesOf,
  tinyImage,
  tinyIndex,
  type TinyImage,
} from '../../support/tiny-image.ts';
import { blobNames, exported, indexOf, inMemory, pathOf, pathsOf, savedOf } from './exported.ts';

const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
const amd64 = tinyImage({ seed: 'amd64' });
const arm64 = tinyImage({ seed: 'arm64', architecture: 'arm64' });
const multi = tinyIndex([arm64, amd64]);
const chart = tinyImage({ seed: 'chart', more: { artifactType: 'application/vnd.cncf.helm.config.v1+json' } });

describe('of an index docker loads one image', () => {
  const choices: readonly [string, OciArchiveOptions['platform'], TinyImage][] = [
    ['linux/amd64 unless said', undefined, amd64],
    ['the platform that is said', { os: 'linux', architecture: 'arm64' }, arm64],
    ['a variant that goes without saying', { os: 'linux', architecture: 'arm64', variant: 'v8' }, arm64],
  ];
  for (const [name, platform, chosen] of choices) {
    test(name, async () => {
      const { entries } = await exported(inMemory({ 'app:v1': multi }), ['app:v1'], { platform });
      assert.deepEqual(blobNames(entries).toSorted(), pathsOf(piecesOf(multi)));
      assert.deepEqual(
        indexOf(entries).map(({ digest }) => digest),
        [multi.manifest.digest],
      );
      assert.deepEqual(
        savedOf(entries).map(({ Config, RepoTags }) => [Config, RepoTags]),
        [[pathOf(chosen.config.digest), ['docker.io/library/app:v1']]],
      );
    });
  }

  test('without linux/amd64 gives docker its first image', async () => {
    const index = tinyIndex([arm64, tinyImage({ seed: 's390x', architecture: 's390x' })]);
    const { entries } = await exported(inMemory({ 'app:v1': index }), ['app:v1']);
    assert.equal(savedOf(entries)[0]?.Config, pathOf(arm64.config.digest));
  });

  test('of variants gives docker the one that is said, or the usual one', async () => {
    const variants = ['v6', 'v7'].map((variant) => {
      const image = tinyImage({ seed: variant, architecture: 'arm' });
      return {
        image,
        child: { ...descriptorOf(image.manifest), platform: { os: 'linux', architecture: 'arm', variant } },
      };
    });
    const manifests = variants.map(({ child }) => child);
    const mediaType = multi.manifest.mediaType;
    const manifest = piece({ schemaVersion: 2, mediaType, manifests }, mediaType);
    const registry = inMemory({ 'app:v1': { manifest, children: variants.map(({ image }) => image) } });
    for (const [variant, chosen] of [
      ['v6', 0],
      ['v7', 1],
      [undefined, 1],
    ] as const) {
      const platform = { os: 'linux', architecture: 'arm', ...(variant && { variant }) };
      const { entries } = await exported(registry, ['app:v1'], { platform });
      assert.equal(savedOf(entries)[0]?.Config, pathOf(variants[chosen]!.image.config.digest));
    }
    const platform = { os: 'linux', architecture: 'arm', variant: 'v5' };
    await assert.rejects(exported(registry, ['app:v1'], { platform }), /no image for linux\/arm\/v5/);
  });

  test('without the platform that is said is refused, with those it has', async () => {
    const registry = inMemory({ 'app:v1': multi });
    await assert.rejects(
      exported(registry, ['app:v1'], { platform: { os: 'linux', architecture: 's390x' } }),
      /docker.io\/library\/app:v1: no image for linux\/s390x is here, only for linux\/arm64, linux\/amd64/,
    );
  });
});

describe('docker is told nothing of', () => {
  test('an artifact, which is there by its name', async () => {
    const { entries, notes } = await exported(inMemory({ 'charts/hello:0.1.0': chart }), ['charts/hello:0.1.0']);
    assert.equal(indexOf(entries)[0]?.annotations['io.containerd.image.name'], 'docker.io/charts/hello:0.1.0');
    assert.equal(savedOf(entries), undefined);
    assert.deepEqual(notes, []);
  });

  test('a signature that has the config of an image', async () => {
    const layer = piece('{}', 'application/vnd.dev.cosign.simplesigning.v1+json');
    const signature = tinyImage({ seed: 'sig', layers: [], more: { layers: [descriptorOf(layer)] } });
    const registry = inMemory({ 'app:v1': alpine, 'app:sha256-0.sig': signature });
    registry.putBlob('app', layer.bytes);
    const { entries } = await exported(registry, ['app:sha256-0.sig', 'app:v1']);
    assert.equal(indexOf(entries).length, 2);
    assert.deepEqual(
      savedOf(entries).map(({ RepoTags }) => RepoTags),
      [['docker.io/library/app:v1']],
    );
  });
});

describe('a layer that may not be copied', () => {
  const foreign = piece('windows', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
  const windows = tinyImage({ seed: 'windows', docker: true, more: { layers: [descriptorOf(foreign)] } });

  test('may be absent, which docker load cannot do with', async () => {
    const registry = inMemory({ 'windows:v1': windows, 'alpine:3.19': alpine });
    const { entries, notes } = await exported(registry, ['windows:v1', 'alpine:3.19']);
    assert.ok(!blobNames(entries).includes(pathOf(foreign.digest)));
    assert.equal(savedOf(entries).length, 1);
    assert.deepEqual(notes, [
      `docker.io/library/windows:v1: docker load will leave it out, its layer ${foreign.digest} is not here`,
    ]);
  });

  test('comes along when it is here', async () => {
    const registry = inMemory({ 'windows:v1': windows });
    registry.putBlob('windows', foreign.bytes);
    const { entries, notes } = await exported(registry, ['windows:v1']);
    assert.ok(blobNames(entries).includes(pathOf(foreign.digest)));
    assert.deepEqual(savedOf(entries)[0]?.Layers, [pathOf(foreign.digest)]);
    assert.deepEqual(notes, []);
  });
});
