import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RegistryError } from '../../api/oci/errors.ts';
import type { Repository } from '../../api/oci/repository.ts';
import { NamedRegistry } from '../../api/named-registry.ts';
import { namesWithoutUpstreams } from '../../api/repository-names.ts';
import { openFolder } from '../support/open-folder.ts';
import { readBody } from '../support/read-body.ts';
import { ref, repo } from '../support/repository.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage, type TinyImage } from '../support/tiny-image.ts';
import { writeSkopeoDir } from '../support/write-images.ts';

const v1 = ref('v1');

/** A registry over a folder with an image under each of the names, told apart by the name. */
async function over(...names: string[]): Promise<{ registry: NamedRegistry; images: Record<string, TinyImage> }> {
  const root = tempFolder();
  const images: Record<string, TinyImage> = {};
  for (const name of names) {
    const image = tinyImage({ seed: name });
    images[name] = image;
    await writeSkopeoDir(join(root, name, 'v1'), image);
  }
  const { registry } = await openFolder(root);
  return {
    registry: new NamedRegistry(
      registry,
      namesWithoutUpstreams((host) => registry.hasHost(host)),
    ),
    images,
  };
}

async function finds(registry: NamedRegistry, asked: Repository, image: TinyImage | undefined): Promise<void> {
  assert.ok(image);
  assert.equal((await registry.getManifest(asked, v1)).descriptor.digest, image.manifest.digest);
  assert.equal((await registry.statManifest(asked, image.manifest.digest)).digest, image.manifest.digest);
  assert.equal((await registry.statBlob(asked, image.config.digest)).size, image.config.bytes.length);
  assert.deepEqual(await readBody((await registry.openBlob(asked, image.config.digest)).body), image.config.bytes);
}

const isUnknown = (err: unknown): boolean => err instanceof RegistryError && err.code === 'NAME_UNKNOWN';

describe('names without upstreams', () => {
  const spellings = [
    repo('alpine'),
    repo('library/alpine'),
    repo('docker.io/alpine'),
    repo('docker.io/library/alpine'),
    repo('index.docker.io/library/alpine'),
    repo('alpine', 'docker.io'),
    repo('library/alpine', 'registry-1.docker.io'),
  ];
  for (const lies of ['alpine', 'library/alpine', 'docker.io/alpine', 'docker.io/library/alpine']) {
    test(`UP2 all of Docker Hub’s forms find ${lies}`, async () => {
      const { registry, images } = await over(lies);
      for (const asked of spellings) await finds(registry, asked, images[lies]);
    });
  }

  test('as the request spells it comes first, then the longest form', async () => {
    const { registry, images } = await over('alpine', 'docker.io/library/alpine', 'library/alpine');
    await finds(registry, repo('alpine'), images['alpine']);
    await finds(registry, repo('library/alpine'), images['library/alpine']);
    await finds(registry, repo('docker.io/alpine'), images['docker.io/library/alpine']);
    await finds(registry, repo('alpine', 'docker.io'), images['docker.io/library/alpine']);
  });

  test('a name of two components is Docker Hub’s with and without the host, and never under library', async () => {
    const { registry, images } = await over('docker.io/team/app');
    await finds(registry, repo('team/app'), images['docker.io/team/app']);
    await finds(registry, repo('team/app', 'docker.io'), images['docker.io/team/app']);
    await assert.rejects(registry.getManifest(repo('library/team/app'), v1), isUnknown);
  });

  test('tags of all forms are listed together', async () => {
    const root = tempFolder();
    await writeSkopeoDir(join(root, 'alpine/3.18'), tinyImage());
    await writeSkopeoDir(join(root, 'docker.io/library/alpine/3.19'), tinyImage());
    const { registry } = await openFolder(root);
    const named = new NamedRegistry(
      registry,
      namesWithoutUpstreams((host) => registry.hasHost(host)),
    );
    assert.deepEqual((await named.listTags(repo('library/alpine'))).entries, ['3.18', '3.19']);
  });

  test('N5 N6 a host with a folder is looked up there alone, an unknown one by the names without', async () => {
    const { registry, images } = await over('quay.io/team/app', 'team/app');
    await finds(registry, repo('team/app', 'quay.io'), images['quay.io/team/app']);
    await finds(registry, repo('quay.io/team/app'), images['quay.io/team/app']);
    await finds(registry, repo('team/app', 'ghcr.io'), images['team/app']);
    await finds(registry, repo('team/app'), images['team/app']);
    await assert.rejects(registry.getManifest(repo('other/app', 'quay.io'), v1), isUnknown);
  });

  test('a first component with a dot that is no host is part of the name', async () => {
    const { registry, images } = await over('a.b_c/app', 'ocp-v4.0-art-dev');
    await finds(registry, repo('a.b_c/app'), images['a.b_c/app']);
    await finds(registry, repo('ocp-v4.0-art-dev'), images['ocp-v4.0-art-dev']);
  });
});
