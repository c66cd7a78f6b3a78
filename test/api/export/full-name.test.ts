import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { namesWithoutUpstreams } from '../../../api/repository-names.ts';
import { NamedRegistry } from '../../../api/named-registry.ts';
import { descriptorOf, layerOf, tinyImage } from '../../support/tiny-image.ts';
import { Anything, exported, indexOf, inMemory, pathOf, savedOf } from './exported.ts';

const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
const amd64 = tinyImage({ seed: 'amd64' });

describe('the names in an OCI archive', () => {
  for (const { asked, full } of [
    { asked: 'alpine:3.19', full: 'docker.io/library/alpine:3.19' },
    { asked: 'library/alpine:3.19', full: 'docker.io/library/alpine:3.19' },
    { asked: 'docker.io/alpine:3.19', full: 'docker.io/library/alpine:3.19' },
    { asked: 'index.docker.io/alpine:3.19', full: 'docker.io/library/alpine:3.19' },
    { asked: 'team/app:v1', full: 'docker.io/team/app:v1' },
    { asked: 'library/team/app:v1', full: 'docker.io/library/team/app:v1' },
    { asked: 'quay.io/team/app:v1', full: 'quay.io/team/app:v1' },
    { asked: 'localhost/app:v1', full: 'localhost/app:v1' },
    { asked: 'reg.test:5000/app:v1', full: 'reg.test:5000/app:v1' },
    { asked: 'foo.bar:v1', full: 'docker.io/library/foo.bar:v1' },
    { asked: 'docker.io/foo.bar/app:v1', full: 'docker.io/foo.bar/app:v1' },
  ]) {
    test(`${asked} is ${full}`, async () => {
      const registry = new Anything(alpine);
      const { entries } = await exported(registry, [asked]);
      const [entry] = indexOf(entries);
      assert.deepEqual(entry, {
        ...descriptorOf(alpine.manifest),
        annotations: { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': full },
      });
      assert.deepEqual(savedOf(entries), [
        {
          Config: pathOf(alpine.config.digest),
          RepoTags: [full],
          Layers: alpine.layers.map(({ digest }) => pathOf(digest)),
        },
      ]);
    });
  }

  test('several of one image are an entry each, in order, and one image with all its tags to docker', async () => {
    const digest = alpine.manifest.digest;
    const names = ['team/app:b', `team/app@${digest}`, 'team/app:a', 'alpine:3.19'];
    const { entries } = await exported(new Anything(alpine), names);
    assert.deepEqual(
      indexOf(entries).map(({ annotations }) => annotations['io.containerd.image.name']),
      ['docker.io/library/alpine:3.19', 'docker.io/team/app:a', 'docker.io/team/app:b', `docker.io/team/app@${digest}`],
    );
    assert.deepEqual(
      savedOf(entries).map(({ RepoTags }) => RepoTags),
      [['docker.io/library/alpine:3.19', 'docker.io/team/app:a', 'docker.io/team/app:b']],
    );
  });

  test('one asked for by digest alone has no tag to docker', async () => {
    const { entries } = await exported(new Anything(alpine), [`alpine@${alpine.manifest.digest}`]);
    assert.deepEqual(savedOf(entries)[0]?.RepoTags, []);
  });

  test('two images that one name would mean are refused', async () => {
    const registry = inMemory({ 'alpine:3.19': alpine, 'library/alpine:3.19': amd64 });
    await assert.rejects(
      exported(registry, ['alpine:3.19', 'library/alpine:3.19']),
      new RegExp(`docker.io/library/alpine:3.19: two images.*${alpine.manifest.digest} and ${amd64.manifest.digest}`),
    );
  });

  test('two spellings of one image are one', async () => {
    const registry = new NamedRegistry(
      inMemory({ 'alpine:3.19': alpine }),
      namesWithoutUpstreams(() => false),
    );
    const { images } = await exported(registry, ['alpine:3.19', 'docker.io/library/alpine:3.19']);
    assert.equal(images, 1);
  });
});
