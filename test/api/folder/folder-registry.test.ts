import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import type { Descriptor } from '../../../api/oci/descriptor.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { openFolder } from '../../support/open-folder.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, piece, tinyImage, tinyIndex, type Piece } from '../../support/tiny-image.ts';
import {
  layoutBlobPath,
  write,
  writeCraneFolder,
  writeDockerSaveFolder,
  writeLayoutBlob,
  writeOciLayout,
  writeSkopeoDir,
} from '../../support/write-images.ts';

const one = tinyImage({ seed: 'one' });
const two = tinyImage({ seed: 'two' });

/** Old enough for its identity to be trusted. */
const SETTLED = new Date('2026-01-01T00:00:00Z');
const settle = (path: string): Promise<void> => utimes(path, SETTLED, SETTLED);

const isUnknown =
  (code: string, words = '') =>
  (err: unknown): boolean =>
    err instanceof RegistryError && err.code === code && (err.message + JSON.stringify(err.detail)).includes(words);

describe('a folder that changes while it is served', () => {
  test('a tree dropped in is seen by the next request, one removed is gone', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('NAME_UNKNOWN'));
    await writeSkopeoDir(join(root, 'app/v1'), one);
    assert.equal((await registry.getManifest(repo('app'), ref('v1'))).descriptor.digest, one.manifest.digest);
    assert.deepEqual(await registry.listRepositories(), ['app']);
    await rm(join(root, 'app/v1'), { recursive: true });
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('NAME_UNKNOWN'));
    assert.deepEqual(await registry.listRepositories(), []);
  });

  test('a tag directory that is replaced gives the new image', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeSkopeoDir(join(root, 'app/v1'), one);
    await registry.getManifest(repo('app'), ref('v1'));
    await writeSkopeoDir(join(root, '.new'), two);
    await rename(join(root, 'app/v1'), join(root, '.old'));
    await rename(join(root, '.new'), join(root, 'app/v1'));
    assert.equal((await registry.getManifest(repo('app'), ref('v1'))).descriptor.digest, two.manifest.digest);
    await assert.rejects(registry.getManifest(repo('app'), one.manifest.digest), isUnknown('MANIFEST_UNKNOWN'));
    await assert.rejects(registry.statBlob(repo('app'), one.config.digest), isUnknown('BLOB_UNKNOWN'));
  });

  test('a tag that moves in index.json is seen at once', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'latest' }]);
    assert.equal((await registry.statManifest(repo('app'), ref('latest'))).digest, one.manifest.digest);
    await writeOciLayout(join(root, 'app'), [{ image: two, tag: 'latest' }]);
    assert.equal((await registry.statManifest(repo('app'), ref('latest'))).digest, two.manifest.digest);
  });

  test('an image is not offered until all of it has arrived, and the answer names what is missing', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeSkopeoDir(join(root, 'app/v1'), one);
    const [layer] = one.layers as [Piece];
    const file = join(root, 'app/v1', layer.digest.slice('sha256:'.length));
    await truncate(file, 5);
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', layer.digest));
    await rm(file);
    await assert.rejects(
      registry.getManifest(repo('app'), one.manifest.digest),
      isUnknown('MANIFEST_UNKNOWN', layer.digest),
    );
    await writeFile(file, layer.bytes);
    assert.equal((await registry.getManifest(repo('app'), ref('v1'))).descriptor.digest, one.manifest.digest);
  });

  test('a docker-save folder that is still being copied is offered when it is whole', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeCraneFolder(join(root, 'app/v1'), one);
    const [layer] = one.layers as [Piece];
    const file = join(root, 'app/v1', `${layer.digest.slice('sha256:'.length)}.tar.gz`);
    await truncate(file, 5);
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', 'content'));
    await rm(file);
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', 'missing'));
    await writeFile(file, layer.bytes);
    const { descriptor } = await registry.getManifest(repo('app'), ref('v1'));
    assert.equal((await registry.getManifest(repo('app'), descriptor.digest)).descriptor.digest, descriptor.digest);
  });
});

describe('no name is believed', () => {
  test('a manifest whose bytes are others is not served, and told of once', async () => {
    const root = tempFolder();
    const { registry, lines } = await openFolder(root);
    await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'v1' }]);
    await writeFile(layoutBlobPath(join(root, 'app'), one.manifest.digest), two.manifest.bytes);
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', 'content'));
    await assert.rejects(registry.getManifest(repo('app'), one.manifest.digest), isUnknown('MANIFEST_UNKNOWN'));
    assert.equal(lines.filter((line) => line.includes('content')).length, 1);
  });

  for (const bytes of [1_000, 3_000_000]) {
    test(`a swapped blob of ${bytes} bytes is never had whole, its image and it are gone, the rest is served`, async () => {
      const root = tempFolder();
      const { registry } = await openFolder(root);
      const good = piece(Buffer.alloc(bytes, 'good'), 'application/octet-stream');
      const image = tinyImage({ seed: 'big', more: { layers: [descriptorOf(good)] } });
      await writeOciLayout(join(root, 'app'), [
        { image, tag: 'v1' },
        { image: one, tag: 'v2' },
      ]);
      const path = layoutBlobPath(join(root, 'app'), good.digest);
      await write(path, Buffer.alloc(bytes, 'evil'));
      await settle(path);

      await registry.getManifest(repo('app'), ref('v1'));
      const span = { first: 2, last: bytes - 10 };
      const ranged = await registry.openBlob(repo('app'), good.digest, span);
      assert.equal((await readBody(ranged.body)).length, bytes - 11);

      let received = 0;
      await assert.rejects(async () => {
        const { body } = await registry.openBlob(repo('app'), good.digest);
        for await (const chunk of body) received += chunk.length;
      });
      assert.ok(received < bytes);
      await assert.rejects(async () =>
        readBody((await registry.openBlob(repo('app'), good.digest, { suffix: 1 })).body),
      );
      await assert.rejects(registry.statBlob(repo('app'), good.digest), isUnknown('BLOB_UNKNOWN'));
      await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', good.digest));
      assert.equal((await registry.getManifest(repo('app'), ref('v2'))).descriptor.digest, one.manifest.digest);

      await write(path, good.bytes);
      assert.deepEqual(await readBody((await registry.openBlob(repo('app'), good.digest)).body), good.bytes);
    });
  }

  test('many who read an unverified blob at once, whole or its end, all get it', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    const good = piece(Buffer.alloc(5_000_000, 'some bytes '), 'application/octet-stream');
    await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'v1' }]);
    await writeLayoutBlob(join(root, 'app'), good);
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const first = i % 2 === 0 ? 0 : 4_999_000;
        const { body } = await registry.openBlob(repo('app'), good.digest, { first });
        return { first, bytes: await readBody(body) };
      }),
    );
    for (const { first, bytes } of bodies) assert.ok(bytes.equals(good.bytes.subarray(first)));
  });

  test('what was verified is remembered by the next process, and verified again when the file changed', async () => {
    const root = tempFolder();
    const memory = join(root, '_verified');
    await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'v1' }]);
    const path = layoutBlobPath(join(root, 'app'), one.config.digest);
    await settle(path);
    const first = await openFolder(root, { memory });
    await readBody((await first.registry.openBlob(repo('app'), one.config.digest)).body);
    await first.known.flush();

    // Changed in place with size and time put back, which nobody does: only a file that is not hashed again passes.
    await writeFile(path, Buffer.alloc(one.config.bytes.length, 'x'));
    await settle(path);
    const second = await openFolder(root, { memory });
    await readBody((await second.registry.openBlob(repo('app'), one.config.digest)).body);

    await utimes(path, new Date(), new Date(SETTLED.getTime() + 1));
    await assert.rejects(async () => readBody((await second.registry.openBlob(repo('app'), one.config.digest)).body));
  });

  test('a docker-save layer that is not what its name or the config says is not served', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeDockerSaveFolder(join(root, 'old/v1'), one);
    const [layer] = one.layers as [Piece];
    const id = layer.digest.slice('sha256:'.length).split('').reverse().join('');
    await write(join(root, 'old/v1', id, 'layer.tar'), 'another');
    await assert.rejects(registry.getManifest(repo('old'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', 'config says'));

    await writeCraneFolder(join(root, 'new/v1'), one);
    await write(join(root, 'new/v1', one.config.digest), two.config.bytes);
    await assert.rejects(registry.getManifest(repo('new'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', 'content'));
  });
});

describe('links', () => {
  test('one that leads out of the folder is not followed, neither directory nor file', async () => {
    const [root, outside] = [tempFolder(), tempFolder()];
    const { registry } = await openFolder(root);
    await writeSkopeoDir(join(outside, 'v1'), one);
    await symlink(outside, join(root, 'app'));
    await assert.rejects(registry.getManifest(repo('app'), ref('v1')), isUnknown('NAME_UNKNOWN'));
    await mkdir(join(root, 'b'));
    await symlink(join(outside, 'v1'), join(root, 'b/v1'));
    await assert.rejects(registry.getManifest(repo('b'), ref('v1')), isUnknown('NAME_UNKNOWN'));

    await writeSkopeoDir(join(root, 'c/v1'), one);
    const [layer] = one.layers as [Piece];
    const hex = layer.digest.slice('sha256:'.length);
    await rm(join(root, 'c/v1', hex));
    await symlink(join(outside, 'v1', hex), join(root, 'c/v1', hex));
    await assert.rejects(registry.getManifest(repo('c'), ref('v1')), isUnknown('MANIFEST_UNKNOWN', layer.digest));
    await assert.rejects(registry.openBlob(repo('c'), layer.digest), isUnknown('BLOB_UNKNOWN'));
  });

  test('one that stays inside is followed, and so is the folder itself', async () => {
    const [real, base] = [tempFolder(), tempFolder()];
    await writeSkopeoDir(join(real, 'app/v1'), one);
    await symlink('v1', join(real, 'app/stable'));
    await symlink(real, join(base, 'images'));
    const { registry } = await openFolder(join(base, 'images'));
    assert.equal((await registry.getManifest(repo('app'), ref('stable'))).descriptor.digest, one.manifest.digest);
    assert.deepEqual((await registry.listTags(repo('app'))).entries, ['stable', 'v1']);
  });
});

test('a docker-save folder may link a layer that it holds twice, as docker writes it', async () => {
  const root = tempFolder();
  const layer = layerOf('same');
  const twice = tinyImage({ seed: 'twice', layers: [layer, layer] });
  await write(join(root, 'x/y/v1/config.json'), twice.config.bytes);
  await write(join(root, 'x/y/v1/first/layer.tar'), layer);
  await mkdir(join(root, 'x/y/v1/second'));
  await symlink('../first/layer.tar', join(root, 'x/y/v1/second/layer.tar'));
  const Layers = ['first/layer.tar', 'second/layer.tar'];
  await write(join(root, 'x/y/v1/manifest.json'), [{ Config: 'config.json', RepoTags: ['x/y:v1'], Layers }]);
  const { registry } = await openFolder(root);
  const { bytes } = await registry.getManifest(repo('x/y'), ref('v1'));
  const { layers } = JSON.parse(bytes.toString()) as { layers: { digest: string; size: number }[] };
  assert.deepEqual(
    layers.map(({ digest, size }) => [digest, size]),
    [0, 1].map(() => [digestOf(layer), layer.length]),
  );
});

describe('one repository of several formats', () => {
  test('is their union, the layout first', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeOciLayout(join(root, 'app'), [
      { image: one, tag: 'both' },
      { image: one, tag: 'layout' },
    ]);
    await writeSkopeoDir(join(root, 'app/both'), two);
    await writeSkopeoDir(join(root, 'app/skopeo'), two);
    await writeCraneFolder(join(root, 'app/crane'), two);
    assert.deepEqual((await registry.listTags(repo('app'))).entries, ['both', 'crane', 'layout', 'skopeo']);
    assert.equal((await registry.getManifest(repo('app'), ref('both'))).descriptor.digest, one.manifest.digest);
    assert.equal((await registry.getManifest(repo('app'), two.manifest.digest)).descriptor.digest, two.manifest.digest);
    for (const { config } of [one, two])
      assert.equal((await registry.statBlob(repo('app'), config.digest)).digest, config.digest);
  });

  test('a layout keeps its repository apart from its tag directory', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeOciLayout(join(root, 'team/app'), [{ image: one }]);
    assert.equal((await registry.getManifest(repo('team'), ref('app'))).descriptor.digest, one.manifest.digest);
    assert.equal(
      (await registry.getManifest(repo('team/app'), one.manifest.digest)).descriptor.digest,
      one.manifest.digest,
    );
    assert.deepEqual((await registry.listTags(repo('team/app'))).entries, []);
  });

  test('a broken neighbour hides nothing', async () => {
    const root = tempFolder();
    const { registry, lines } = await openFolder(root);
    await writeSkopeoDir(join(root, 'app/good'), one);
    await write(join(root, 'app/broken/manifest.json'), '{"schemaVersion": 2');
    await write(join(root, 'app/schema1/manifest.json'), { schemaVersion: 1, fsLayers: [] });
    await write(join(root, 'app/index.json'), 'no json');
    await write(join(root, 'app/oci-layout'), '{}');
    assert.deepEqual((await registry.listTags(repo('app'))).entries, ['good']);
    assert.equal((await registry.getManifest(repo('app'), one.manifest.digest)).descriptor.digest, one.manifest.digest);
    await assert.rejects(registry.getManifest(repo('app'), ref('broken')), isUnknown('MANIFEST_UNKNOWN', 'not JSON'));
    await assert.rejects(registry.getManifest(repo('app'), ref('schema1')), isUnknown('MANIFEST_UNKNOWN', 'schema 1'));
    assert.ok(lines.some((line) => line.includes('app/broken/manifest.json')));
  });
});

describe('an OCI layout', () => {
  test('takes its tags from full references and from containerd, too', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    const ctr = { 'io.containerd.image.name': 'docker.io/library/app:from-containerd' };
    await writeOciLayout(join(root, 'app'), [
      { image: one, tag: 'docker.io/library/app:full' },
      { image: two, annotations: ctr },
    ]);
    assert.deepEqual((await registry.listTags(repo('app'))).entries, ['from-containerd', 'full']);
  });

  test('K2 a sparse index is served, the child that is missing is not', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    const index = tinyIndex([one, two]);
    await writeOciLayout(join(root, 'app'), [{ image: index, tag: 'v1' }]);
    await rm(layoutBlobPath(join(root, 'app'), two.manifest.digest));
    assert.equal((await registry.getManifest(repo('app'), ref('v1'))).descriptor.digest, index.manifest.digest);
    await registry.getManifest(repo('app'), one.manifest.digest);
    await assert.rejects(registry.getManifest(repo('app'), two.manifest.digest), isUnknown('MANIFEST_UNKNOWN'));
  });

  test('K1 a nested index is reached down to its images, whoever asks first', async () => {
    const root = tempFolder();
    const inner = tinyIndex([one]);
    const outer = piece({ schemaVersion: 2, manifests: [descriptorOf(inner.manifest)] }, inner.manifest.mediaType);
    await writeOciLayout(join(root, 'app'), [{ image: { manifest: outer, children: [] }, tag: 'v1' }]);
    for (const part of [inner.manifest, one.manifest, one.config, ...one.layers])
      await writeLayoutBlob(join(root, 'app'), part);
    const { registry } = await openFolder(root);
    await assert.rejects(registry.statBlob(repo('app'), one.manifest.digest), isUnknown('BLOB_UNKNOWN'));
    assert.equal((await registry.getManifest(repo('app'), one.manifest.digest)).descriptor.digest, one.manifest.digest);
    assert.equal((await registry.getManifest(repo('app'), ref('v1'))).descriptor.mediaType, inner.manifest.mediaType);
  });

  test('K5 a non-distributable layer need not be there', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    const foreign = {
      ...descriptorOf(piece('windows', 'x/y')),
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    };
    const image = tinyImage({ seed: 'windows', docker: true, more: { layers: [foreign] } });
    await writeSkopeoDir(join(root, 'windows/v1'), image);
    assert.equal((await registry.getManifest(repo('windows'), ref('v1'))).descriptor.digest, image.manifest.digest);
  });

  test('R6 R7 R10 referrers are found among tagged and unnamed manifests', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    const subject = descriptorOf(one.manifest);
    const annotations = { 'org.example.kind': 'signature' };
    const signature = tinyImage({ seed: 'sig', more: { subject, artifactType: 'application/x-sig', annotations } });
    const sbom = tinyImage({ seed: 'sbom', more: { subject } });
    const attached = {
      ...tinyIndex([]),
      manifest: piece(
        { schemaVersion: 2, mediaType: tinyIndex([]).manifest.mediaType, manifests: [], subject },
        tinyIndex([]).manifest.mediaType,
      ),
    };
    await writeOciLayout(join(root, 'app'), [
      { image: one, tag: 'v1' },
      { image: signature },
      { image: sbom, tag: 'sbom' },
      { image: attached },
    ]);
    const found = (await registry.listReferrers(repo('app'), one.manifest.digest)).entries;
    const expected: Descriptor[] = [
      { ...descriptorOf(signature.manifest), artifactType: 'application/x-sig', annotations },
      { ...descriptorOf(sbom.manifest), artifactType: sbom.config.mediaType },
      descriptorOf(attached.manifest),
    ];
    assert.deepEqual(
      found,
      expected.sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
  });
});

describe('names on disk', () => {
  test('a host with a port and components that a layout uses are escaped, a plain folder is found as well', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root);
    await writeSkopeoDir(join(root, 'registry.example_5000_/app/v1'), one);
    await writeSkopeoDir(join(root, 'plain.example:5000/app/v1'), one);
    await writeSkopeoDir(join(root, 'a/blobs_/index.json_/v1'), one);
    for (const name of [
      repo('app', 'registry.example:5000'),
      repo('app', 'plain.example:5000'),
      repo('a/blobs/index.json'),
    ]) {
      assert.equal((await registry.getManifest(name, ref('v1'))).descriptor.digest, one.manifest.digest);
    }
    assert.deepEqual(await registry.listRepositories(), ['a/blobs/index.json']);
  });

  test('a prefix stands before every name', async () => {
    const root = tempFolder();
    const { registry } = await openFolder(root, { prefix: 'product-2.4/x' });
    await writeSkopeoDir(join(root, 'app/v1'), one);
    assert.deepEqual(await registry.listRepositories(), ['product-2.4/x/app']);
    assert.deepEqual((await registry.listTags(repo('product-2.4/x/app'))).entries, ['v1']);
    await assert.rejects(registry.listTags(repo('app')), isUnknown('NAME_UNKNOWN'));
  });
});

test('reading goes on after a file system error, and the error names file and byte', async () => {
  const root = tempFolder();
  const { registry } = await openFolder(root);
  const big = piece(Buffer.alloc(5_000_000, 'abc'), 'x/y');
  await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'v1' }]);
  await writeLayoutBlob(join(root, 'app'), big);
  const path = layoutBlobPath(join(root, 'app'), big.digest);
  await readBody((await registry.openBlob(repo('app'), big.digest)).body);
  const { body } = await registry.openBlob(repo('app'), big.digest);
  await body.next();
  await truncate(path, 3_000_000);
  await assert.rejects(async () => readBody(body), /byte 3000000, expected 5000000/);
  await setTimeout(0);
  await registry.getManifest(repo('app'), ref('v1'));
});

test('hundreds of repositories that were asked for cost little memory each', async () => {
  const root = tempFolder();
  const names = Array.from({ length: 400 }, (_, i) => `app${i}`);
  for (const name of names) await writeOciLayout(join(root, name), [{ image: one, tag: 'v1' }]);
  const { registry } = await openFolder(root);
  const before = process.memoryUsage.rss();
  for (const name of names) await registry.getManifest(repo(name), ref('v1'));
  // It was 240 KiB for each.
  assert.ok(process.memoryUsage.rss() - before < 400 * 120 * 1024);
});
