import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { planOciArchive } from '../../../api/export/oci-archive.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import type { Digest } from '../../../api/oci/digest.ts';
import { openFolder } from '../../support/open-folder.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, piece, piecesOf, tinyImage, tinyIndex } from '../../support/tiny-image.ts';
import { layoutBlobPath, write, writeOciLayout } from '../../support/write-images.ts';
import { Anything, blobNames, exported, inMemory, jsonOf, parse, pathOf, pathsOf, savedOf } from './exported.ts';

const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
const amd64 = tinyImage({ seed: 'amd64' });
const arm64 = tinyImage({ seed: 'arm64', architecture: 'arm64' });
const multi = tinyIndex([arm64, amd64]);

describe('an OCI archive', () => {
  test('is a layout whose blobs are what their names say, what it is comes first', async () => {
    const { entries, images } = await exported(inMemory({ 'alpine:3.19': alpine }), ['alpine:3.19']);
    assert.deepEqual(
      entries.slice(0, 4).map(({ name }) => name),
      ['oci-layout', 'index.json', 'manifest.json', pathOf(alpine.manifest.digest)],
    );
    assert.deepEqual(jsonOf(entries, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
    assert.deepEqual(blobNames(entries).toSorted(), pathsOf(piecesOf(alpine)));
    for (const { name, bytes } of entries.slice(3)) {
      assert.equal(`blobs/sha256/${createHash('sha256').update(bytes).digest('hex')}`, name);
    }
    assert.equal(images, 1);
  });

  test('says nothing of when, where and by whom it was made', async () => {
    const { entries, bytes } = await exported(inMemory({ 'alpine:3.19': alpine }), ['alpine:3.19']);
    for (const { mode, uid, gid, mtime, uname, gname, pax } of entries) {
      assert.deepEqual([mode, uid, gid, mtime, uname, gname, pax], [0o644, 0, 0, new Date(0), '', '', false]);
    }
    assert.equal(bytes.length % 512, 0);
    assert.ok(bytes.subarray(-1024).every((byte) => byte === 0));
  });

  test('is the same bytes from a folder and from memory, in whatever order its images are asked for', async () => {
    const root = tempFolder();
    await writeOciLayout(join(root, 'alpine'), [{ image: alpine, tag: '3.19' }]);
    await writeOciLayout(join(root, 'team/app'), [{ image: multi, tag: 'v1' }]);
    const { registry } = await openFolder(root);
    const memory = inMemory({ 'alpine:3.19': alpine, 'team/app:v1': multi });
    const first = await exported(memory, ['alpine:3.19', 'team/app:v1']);
    const second = await exported(registry, ['team/app:v1', 'alpine:3.19', 'team/app:v1']);
    assert.ok(first.bytes.equals(second.bytes));
    assert.equal(second.images, 2);
  });

  test('has each blob once, though several images and repositories have it', async () => {
    const shared = layerOf('shared', 2000);
    const [a, b] = [tinyImage({ seed: 'a', layers: [shared, shared] }), tinyImage({ seed: 'b', layers: [shared] })];
    const registry = inMemory({ 'a:1': a, 'b:1': b, 'mirror/a:1': a });
    const { entries } = await exported(registry, ['a:1', 'b:1', 'mirror/a:1']);
    const names = blobNames(entries);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(names.toSorted(), pathsOf([...piecesOf(a), ...piecesOf(b)]));
    // An image says each of its layers, also those that are the same.
    assert.equal(savedOf(entries)[0]?.Layers.length, 2);
  });

  test('can be read again as a folder, with every digest and name', async () => {
    const { entries } = await exported(inMemory({ 'alpine:3.19': alpine, 'alpine:old': multi }), [
      'alpine:3.19',
      'alpine:old',
    ]);
    const root = tempFolder();
    const layout = join(root, 'alpine');
    await writeOciLayout(layout, []);
    for (const { name, bytes } of entries.filter((entry) => entry.name.startsWith('blobs/'))) {
      await write(join(layout, name), bytes);
    }
    await writeFile(join(layout, 'index.json'), entries.find(({ name }) => name === 'index.json')!.bytes);
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.listTags(repo('alpine'))).entries, ['3.19', 'old']);
    for (const [tag, image] of [
      ['3.19', alpine],
      ['old', multi],
    ] as const) {
      const manifest = await registry.getManifest(repo('alpine'), ref(tag));
      assert.ok(manifest.bytes.equals(image.manifest.bytes));
    }
  });

  test('holds blobs by sha512 under their own name', async () => {
    const image = tinyImage({ seed: 'sha512', algorithm: 'sha512' });
    const root = tempFolder();
    await writeOciLayout(join(root, 'app'), [{ image, tag: 'v1' }]);
    const { entries } = await exported((await openFolder(root)).registry, ['app:v1']);
    assert.deepEqual(blobNames(entries).toSorted(), pathsOf(piecesOf(image)));
    assert.equal(entries.find(({ name }) => name === pathOf(image.manifest.digest))?.pax, true);
    assert.equal(savedOf(entries)[0]?.Config, pathOf(image.config.digest));
  });
});

describe('a body', () => {
  test('that is of another blob ends the archive, with its digest', async () => {
    const big = piece(Buffer.alloc(3_000_000, 'right '), alpine.layers[0]!.mediaType);
    const image = tinyImage({ seed: 'big', more: { layers: [descriptorOf(big)] } });
    const root = tempFolder();
    await writeOciLayout(join(root, 'app'), [{ image, tag: 'v1' }]);
    await writeFile(layoutBlobPath(join(root, 'app'), big.digest), Buffer.alloc(3_000_000, 'wrong '));
    await assert.rejects(exported((await openFolder(root)).registry, ['app:v1']), new RegExp(`blob ${big.digest}: `));
  });

  test('that is given up is returned', async () => {
    const counted = new CountingBodies(alpine);
    const archive = await planOciArchive(counted, [parse('alpine:3.19')]);
    for await (const chunk of archive.bytes()) if (chunk.equals(alpine.layers[1]!.bytes)) break;
    assert.ok(counted.opened > 0);
    assert.equal(counted.opened, counted.returned);
  });
});

class CountingBodies extends Anything {
  opened = 0;
  returned = 0;

  override async openBlob(_: unknown, digest: Digest): ReturnType<MemoryRegistry['openBlob']> {
    const blob = await super.openBlob(_, digest);
    this.opened += 1;
    let returned = false;
    const end = blob.body.return.bind(blob.body);
    blob.body.return = () => {
      if (!returned) this.returned += 1;
      returned = true;
      return end();
    };
    return blob;
  }
}
