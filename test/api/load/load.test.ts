import assert from 'node:assert/strict';
import { access, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SOURCE } from '../../../api/folder/own-annotations.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { isUnknown } from '../../../api/oci/errors.ts';
import type { Tag } from '../../../api/oci/reference.ts';
import type { Registry } from '../../../api/registry.ts';
import { loadPath, loadReference } from '../../support/loading.ts';
import { openFolder } from '../../support/open-folder.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  blobsOf,
  descriptorOf,
  manifestsOf,
  piece,
  tinyImage,
  tinyIndex,
  type TinyImage,
  type TinyIndex,
} from '../../support/tiny-image.ts';
import { writeArchive } from '../../support/write-archive.ts';
import {
  write,
  writeCraneFolder,
  writeDockerSaveFolder,
  writeOciLayout,
  writeSkopeoDir,
} from '../../support/write-images.ts';

const CONTAINERD = { annotations: { 'io.containerd.image.name': 'docker.io/library/alpine:3.19' } };
const image = tinyImage({ docker: true });
const index = tinyIndex([tinyImage({ architecture: 'amd64' }), tinyImage({ architecture: 'arm64', seed: 'arm' })]);

/** A registry with one image, and what it was asked. */
function registryWith(name: string, tag: string, held: TinyImage | TinyIndex, options: { without?: string } = {}) {
  const registry = new MemoryRegistry();
  for (const { bytes, digest } of blobsOf(held)) if (digest !== options.without) registry.putBlob(name, bytes);
  for (const { bytes } of [...manifestsOf(held)].reverse()) registry.putManifest(name, bytes);
  registry.putManifest(name, held.manifest.bytes, { tag });
  const asked: string[] = [];
  const watched: Registry = {
    statManifest: (...args) => (asked.push(`HEAD ${args[1]}`), registry.statManifest(...args)),
    getManifest: (...args) => (asked.push(`GET ${args[1]}`), registry.getManifest(...args)),
    statBlob: (...args) => registry.statBlob(...args),
    openBlob: (...args) => (asked.push(`blob ${args[1]}`), registry.openBlob(...args)),
  };
  return { registry: watched, memory: registry, asked };
}

async function files(root: string): Promise<Map<string, string>> {
  const names = await readdir(root, { recursive: true });
  const entries = await Promise.all(
    names.map(async (name) => {
      const { ino, mtimeMs, size } = await stat(join(root, name));
      return [name, `${ino} ${size} ${mtimeMs}`] as const;
    }),
  );
  // Whoever loads works in _fills.
  return new Map(entries.filter(([name]) => !name.startsWith('_fills') && !name.startsWith('_known')));
}

describe('load of what lies in a file or a folder', () => {
  const sources: readonly {
    readonly what: string;
    readonly make: (path: string) => Promise<void>;
    readonly as?: string;
    readonly name: string;
  }[] = [
    {
      what: 'an OCI layout with a full name',
      make: (path) => writeOciLayout(path, [{ image, tag: '3.19', ...CONTAINERD }]),
      name: 'docker.io/library/alpine:3.19',
    },
    {
      what: 'an OCI layout with a tag, under a name',
      make: (path) => writeOciLayout(path, [{ image, tag: 'v7' }]),
      as: 'team/app',
      name: 'team/app:v7',
    },
    { what: 'a skopeo dir', make: (path) => writeSkopeoDir(path, image), as: 'team/app:v1', name: 'team/app:v1' },
    { what: 'what crane pulled, unpacked', make: (path) => writeCraneFolder(path, image, 'x/y:v1'), name: 'x/y:v1' },
    {
      what: 'what docker saved, unpacked',
      make: (path) => writeDockerSaveFolder(path, image, 'x/y:v1'),
      name: 'x/y:v1',
    },
  ];
  for (const { what, make, as, name } of sources) {
    for (const packed of ['', '.tar', '.dat.gz', '.zst']) {
      if (packed !== '' && what === 'a skopeo dir') continue;
      test(`${what}${packed === '' ? '' : `, packed as *${packed}`}; a second time moves nothing`, async () => {
        const [folder, root] = [tempFolder(), tempFolder()];
        await make(join(folder, 'source'));
        const path = join(folder, `source${packed}`);
        if (packed !== '') await writeArchive(path, join(folder, 'source'));
        const naming =
          as === undefined ? {} : { as: { repository: 'team/app', ...(as.includes(':') && { tag: 'v1' as Tag }) } };
        const { names } = await loadPath(root, path, { naming });
        assert.deepEqual(names, [name]);
        const { registry } = await openFolder(root);
        const colon = name.lastIndexOf(':');
        const { bytes } = await registry.getManifest(repo(name.slice(0, colon)), ref(name.slice(colon + 1)));
        if (!what.includes('unpacked')) assert.deepEqual(bytes, image.manifest.bytes);
        const before = await files(root);
        const again = await loadPath(root, path, { naming });
        assert.deepEqual(
          again.loaded.map(({ changed }) => changed),
          [false],
        );
        assert.deepEqual(await files(root), before);
        assert.deepEqual(await readdir(join(root, '_fills')), []);
      });
    }
  }

  test('an index keeps its children, and signatures come along', async () => {
    const [folder, root] = [tempFolder(), tempFolder()];
    const subject = descriptorOf(index.manifest);
    const signature = tinyImage({ seed: 'signature', more: { subject } });
    await writeOciLayout(folder, [{ image: index, tag: 'v1' }, { image: signature }]);
    await loadPath(root, folder, { naming: { as: { repository: 'a' } } });
    const { registry } = await openFolder(root);
    for (const child of index.children) await registry.getManifest(repo('a'), child.manifest.digest);
    const [referrer] = (await registry.listReferrers(repo('a'), index.manifest.digest)).entries;
    assert.equal(referrer?.digest, signature.manifest.digest);
  });

  test('where it came from is remembered', async () => {
    const [folder, root] = [tempFolder(), tempFolder()];
    await writeCraneFolder(folder, image, 'x/y:v1');
    await loadPath(root, folder);
    const text = await readFile(join(root, 'x/y/index.json'), 'utf8');
    assert.ok(text.includes(`"${SOURCE}":"${folder}"`));
  });

  test('a prefix stands before every name', async () => {
    const [folder, root] = [tempFolder(), tempFolder()];
    await writeOciLayout(folder, [{ image, tag: '3.19', ...CONTAINERD }]);
    assert.deepEqual((await loadPath(root, folder, { naming: { prefix: 'p/q' } })).names, [
      'p/q/docker.io/library/alpine:3.19',
    ]);
  });

  for (const { what, make, naming = {}, error } of [
    {
      what: 'no name inside and none given',
      make: (path: string) => writeSkopeoDir(path, image),
      error: /no name is written inside: give one with --as/,
    },
    {
      what: 'one name for several images',
      make: (path: string) =>
        writeOciLayout(path, [
          { image, tag: '1' },
          { image: tinyImage(), tag: '2' },
        ]),
      naming: { as: { repository: 'a', tag: 'v1' as Tag } },
      error: /holds 2 images, and --as with a tag names one/,
    },
    {
      what: 'a blob that is missing',
      make: async (path: string) => {
        await writeOciLayout(path, [{ image, tag: 'v1' }]);
        await rm(join(path, 'blobs/sha256', image.layers[0]!.digest.slice(7)));
      },
      naming: { as: { repository: 'a' } },
      error: new RegExp(`blob ${image.layers[0]!.digest} is missing`),
    },
    {
      what: 'a blob with other bytes',
      make: async (path: string) => {
        await writeOciLayout(path, [{ image, tag: 'v1' }]);
        const { bytes, digest } = image.layers[0]!;
        await write(join(path, 'blobs/sha256', digest.slice(7)), Buffer.from(bytes).fill(0, 1, 5));
      },
      naming: { as: { repository: 'a' } },
      error: new RegExp(`blob ${image.layers[0]!.digest}: its content is sha256:`),
    },
  ]) {
    test(`${what}: an error, and nothing of it is visible`, async () => {
      const [folder, root] = [tempFolder(), tempFolder()];
      await make(folder);
      await assert.rejects(loadPath(root, folder, { naming }), error);
      await assert.rejects(access(join(root, 'a')));
      assert.deepEqual(await readdir(join(root, '_fills')), []);
    });
  }
});

describe('load from a registry', () => {
  test('everything by default, byte for byte, and nothing is asked the second time', async () => {
    const root = tempFolder();
    const { registry, asked } = registryWith('library/alpine', '3.19', index);
    const { names } = await loadReference(root, 'alpine:3.19', { registry });
    assert.deepEqual(names, ['docker.io/library/alpine:3.19']);
    const { registry: here } = await openFolder(root);
    for (const { digest, bytes } of manifestsOf(index)) {
      assert.deepEqual((await here.getManifest(repo('docker.io/library/alpine'), digest)).bytes, bytes);
    }
    asked.length = 0;
    const again = await loadReference(root, 'alpine:3.19', { registry });
    assert.equal(again.loaded[0]?.changed, false);
    assert.deepEqual([...asked], []);
  });

  test('a tag is asked for again with refresh, by HEAD alone while it has not moved', async () => {
    const root = tempFolder();
    const { registry, memory, asked } = registryWith('library/alpine', '3.19', image);
    await loadReference(root, 'alpine:3.19', { registry });
    asked.length = 0;
    await loadReference(root, 'alpine:3.19', { registry, refresh: true });
    assert.deepEqual(asked, ['HEAD 3.19']);
    const [next] = index.children;
    for (const { bytes } of blobsOf(next!)) memory.putBlob('library/alpine', bytes);
    memory.putManifest('library/alpine', next!.manifest.bytes, { tag: '3.19' });
    const { loaded } = await loadReference(root, 'alpine:3.19', { registry, refresh: true });
    assert.equal(loaded[0]?.digest, next!.manifest.digest);
  });

  test('some platforms: the index as it is, the others left out; more of them later', async () => {
    const root = tempFolder();
    const { registry, asked } = registryWith('library/alpine', '3.19', index);
    const [amd, arm] = index.children as [TinyImage, TinyImage];
    await loadReference(root, 'alpine:3.19', { registry, platforms: ['linux/amd64'] });
    assert.ok(!asked.includes(`GET ${arm.manifest.digest}`));
    const { registry: here } = await openFolder(root);
    const name = repo('docker.io/library/alpine');
    assert.deepEqual((await here.getManifest(name, ref('3.19'))).bytes, index.manifest.bytes);
    await here.getManifest(name, amd.manifest.digest);
    await assert.rejects(here.getManifest(name, arm.manifest.digest), isUnknown);
    asked.length = 0;
    await loadReference(root, 'alpine:3.19', { registry, platforms: ['linux/amd64'] });
    assert.deepEqual([...asked], []);
    await loadReference(root, 'alpine:3.19', { registry });
    assert.ok(asked.includes(`GET ${arm.manifest.digest}`));
    assert.ok(!asked.includes(`blob ${amd.layers[0]!.digest}`));
    await here.getManifest(name, arm.manifest.digest);
  });

  test('the platforms of an entry count before those of the command', async () => {
    const { registry, asked } = registryWith('library/alpine', '3.19', index);
    await loadReference(tempFolder(), 'alpine:3.19', { registry, platforms: ['linux/arm64'], own: ['linux/amd64'] });
    assert.ok(asked.includes(`GET ${index.children[0]!.manifest.digest}`));
    assert.ok(!asked.includes(`GET ${index.children[1]!.manifest.digest}`));
  });

  test('an attestation comes with the child it is about', async () => {
    const root = tempFolder();
    const [amd, arm] = index.children as [TinyImage, TinyImage];
    const attestation = (of: TinyImage) => tinyImage({ seed: `attestation of ${of.manifest.digest}` });
    const [ofAmd, ofArm] = [attestation(amd), attestation(arm)];
    const about = (of: TinyImage, child: TinyImage) => ({
      ...descriptorOf(child.manifest),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.digest': of.manifest.digest },
    });
    const manifests = [
      { ...descriptorOf(amd.manifest), platform: { os: 'linux', architecture: 'amd64' } },
      { ...descriptorOf(arm.manifest), platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      about(amd, ofAmd),
      about(arm, ofArm),
    ];
    const type = 'application/vnd.oci.image.index.v1+json';
    const attested = {
      manifest: piece({ schemaVersion: 2, mediaType: type, manifests }, type),
      children: [amd, arm, ofAmd, ofArm],
    };
    const { registry } = registryWith('library/alpine', '3.19', attested);
    await loadReference(root, 'alpine:3.19', { registry, platforms: ['linux/arm64'] });
    const { registry: here } = await openFolder(root);
    const name = repo('docker.io/library/alpine');
    for (const wanted of [arm, ofArm]) await here.getManifest(name, wanted.manifest.digest);
    for (const other of [amd, ofAmd]) await assert.rejects(here.getManifest(name, other.manifest.digest), isUnknown);
  });

  test('no image for the platform is an error that says which there are', async () => {
    const { registry } = registryWith('library/alpine', '3.19', index);
    await assert.rejects(
      loadReference(tempFolder(), 'alpine:3.19', { registry, platforms: ['windows/amd64'] }),
      /no image for windows\/amd64 in the index: it has linux\/amd64, linux\/arm64/,
    );
    const single = registryWith('library/alpine', '3.19', image);
    await assert.rejects(
      loadReference(tempFolder(), 'alpine:3.19', { registry: single.registry, platforms: ['linux/arm64'] }),
      /the image is for linux\/amd64, not for linux\/arm64/,
    );
  });

  test('by digest it has no tag, unless one is given', async () => {
    const root = tempFolder();
    const { registry } = registryWith('library/alpine', '3.19', image);
    const { digest } = image.manifest;
    assert.deepEqual((await loadReference(root, `alpine@${digest}`, { registry })).names, [
      `docker.io/library/alpine@${digest}`,
    ]);
    const { registry: here } = await openFolder(root);
    await here.getManifest(repo('docker.io/library/alpine'), digest);
    assert.deepEqual((await here.listTags(repo('docker.io/library/alpine'))).entries, []);
    const naming = { as: { repository: 'mine', tag: 'v1' as Tag } };
    assert.deepEqual((await loadReference(root, `alpine@${digest}`, { registry, naming })).names, ['mine:v1']);
  });

  test('a dry run tells what is here already, and writes nothing of the image', async () => {
    const root = tempFolder();
    const { registry, asked } = registryWith('library/alpine', '3.19', index);
    await loadReference(root, 'alpine:3.19', { registry, platforms: ['linux/amd64'] });
    const before = await files(root);
    asked.length = 0;
    const { loaded } = await loadReference(root, 'alpine:3.19', { registry, dryRun: true });
    const arm = index.children[1]!;
    const size = [arm.manifest, arm.config, ...arm.layers].reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.equal(loaded[0]?.movedBytes, size);
    assert.deepEqual(await files(root), before);
    assert.deepEqual(
      asked.filter((what) => what.startsWith('blob')),
      [],
    );
  });

  test('a layer that its licence keeps away is done without', async () => {
    const root = tempFolder();
    const layer = piece('no copies', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip');
    const base = tinyImage({ docker: true, seed: 'foreign' });
    const foreign = {
      ...base,
      layers: [layer],
      manifest: piece(
        { ...(JSON.parse(base.manifest.bytes.toString()) as object), layers: [descriptorOf(layer)] },
        base.manifest.mediaType,
      ),
    };
    const { registry } = registryWith('library/win', 'v1', foreign, { without: layer.digest });
    await loadReference(root, 'win:v1', { registry });
    const { registry: here } = await openFolder(root);
    await here.getManifest(repo('docker.io/library/win'), ref('v1'));
    assert.equal((await loadReference(root, 'win:v1', { registry })).loaded[0]?.changed, false);
  });

  test('a layer that is missing is an error that names it', async () => {
    const root = tempFolder();
    const { digest } = image.layers[0]!;
    const { registry } = registryWith('library/alpine', '3.19', image, { without: digest });
    await assert.rejects(loadReference(root, 'alpine:3.19', { registry }), new RegExp(`blob ${digest} is missing`));
    await assert.rejects(access(join(root, 'docker.io')));
  });
});
