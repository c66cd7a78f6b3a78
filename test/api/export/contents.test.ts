import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { openFolder } from '../../support/open-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  blobsOf,
  descriptorOf,
  layerOf,
  piece,
  piecesOf,
  tinyImage,
  tinyIndex,
  type Piece,
} from '../../support/tiny-image.ts';
import { layoutBlobPath, writeOciLayout } from '../../support/write-images.ts';
import { blobNames, exported, indexOf, inMemory, pathOf, pathsOf, savedOf } from './exported.ts';

const alpine = tinyImage({ seed: 'alpine', layers: [layerOf('one'), layerOf('two', 5000)] });
const amd64 = tinyImage({ seed: 'amd64' });
const arm64 = tinyImage({ seed: 'arm64', architecture: 'arm64' });
const multi = tinyIndex([arm64, amd64]);

describe('with an index', () => {
  test('that has not all its children here they are left out, and it stays as it is', async () => {
    const root = tempFolder();
    await writeOciLayout(join(root, 'app'), [{ image: multi, tag: 'v1' }]);
    await rm(layoutBlobPath(join(root, 'app'), amd64.manifest.digest));
    for (const { digest } of blobsOf(amd64)) await rm(layoutBlobPath(join(root, 'app'), digest), { force: true });
    const { entries } = await exported((await openFolder(root)).registry, ['app:v1']);
    assert.deepEqual(blobNames(entries).toSorted(), pathsOf([...piecesOf(arm64), multi.manifest]));
    const index = entries.find(({ name }) => name === pathOf(multi.manifest.digest));
    assert.ok(index?.bytes.equals(multi.manifest.bytes));
    assert.equal(savedOf(entries)[0]?.Config, pathOf(arm64.config.digest));
  });

  test('the indexes in it are followed', async () => {
    const outer = piece(
      { schemaVersion: 2, mediaType: multi.manifest.mediaType, manifests: [descriptorOf(multi.manifest)] },
      multi.manifest.mediaType,
    );
    const registry = inMemory({ app: multi });
    registry.putManifest('app', outer.bytes, { tag: 'v1' });
    const { entries } = await exported(registry, ['app:v1']);
    assert.deepEqual(blobNames(entries).toSorted(), pathsOf([...piecesOf(multi), outer]));
    assert.equal(savedOf(entries)[0]?.Config, pathOf(amd64.config.digest));
  });

  test('nested without end nothing is exported', async () => {
    const registry = inMemory({ app: multi });
    let inner: Piece = multi.manifest;
    for (let level = 0; level < 20; level += 1) {
      inner = piece(
        { schemaVersion: 2, mediaType: inner.mediaType, manifests: [descriptorOf(inner)] },
        inner.mediaType,
      );
      registry.putManifest('app', inner.bytes, { tag: 'v1' });
    }
    await assert.rejects(exported(registry, ['app:v1']), /more than 16 levels below/);
  });
});

describe('with an image', () => {
  test('referrers come along without a name, and what refers to them too', async () => {
    const referrer = (seed: string, subject: Piece) =>
      tinyImage({
        seed,
        more: {
          artifactType: 'application/vnd.example.sbom',
          subject: descriptorOf(subject),
          annotations: { 'org.opencontainers.image.ref.name': 'evil' },
        },
      });
    const sbom = referrer('sbom', multi.manifest);
    const ofChild = referrer('of a child', arm64.manifest);
    const signature = referrer('signature of the sbom', sbom.manifest);
    const unrelated = referrer('of another', alpine.manifest);
    const registry = inMemory({ 'app:v1': multi, app: sbom });
    for (const image of [ofChild, signature, unrelated]) {
      for (const { bytes } of blobsOf(image)) registry.putBlob('app', bytes);
      registry.putManifest('app', image.manifest.bytes);
    }
    const { entries, images } = await exported(registry, ['app:v1']);
    const all = [multi, sbom, ofChild, signature].flatMap(piecesOf);
    assert.deepEqual(blobNames(entries).toSorted(), pathsOf(all));
    const [root, ...referrers] = indexOf(entries);
    assert.equal(root?.digest, multi.manifest.digest);
    const expected = [
      [sbom, multi.manifest],
      [ofChild, arm64.manifest],
      [signature, sbom.manifest],
    ] as const;
    assert.deepEqual(
      referrers,
      expected
        .map(([{ manifest }, subject]) => ({
          ...descriptorOf(manifest),
          artifactType: 'application/vnd.example.sbom',
          annotations: { 'io.containerd.manifest.subject': subject.digest },
        }))
        .sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
    assert.equal(images, 1);
    assert.equal(savedOf(entries).length, 1);
  });

  test('a referrer that is exported by its name, or is a child, has no second entry', async () => {
    const sbom = tinyImage({
      seed: 'sbom',
      more: { artifactType: 'text/plain', subject: descriptorOf(alpine.manifest) },
    });
    const { entries } = await exported(inMemory({ 'app:v1': alpine, 'app:sbom': sbom }), ['app:v1', 'app:sbom']);
    assert.equal(indexOf(entries).length, 2);
    const index = tinyIndex([alpine, sbom]);
    assert.equal(indexOf((await exported(inMemory({ 'app:v1': index }), ['app:v1'])).entries).length, 1);
  });
});

describe('what is missing', () => {
  test('a blob, an image or a repository, is named', async () => {
    const registry = new MemoryRegistry();
    registry.putManifest('app', alpine.manifest.bytes, { tag: 'v1' });
    await assert.rejects(exported(registry, ['app:v1']), new RegExp(`app has no blob ${alpine.config.digest}`));
    await assert.rejects(exported(registry, ['app:v2']), /app has no manifest v2/);
    await assert.rejects(exported(registry, ['nope:v1']), /no such repository: nope/);
  });

  test('a blob of another size than its manifest says is named with both', async () => {
    const layer = { ...descriptorOf(alpine.layers[0]!), size: 7 };
    const wrong = tinyImage({ seed: 'wrong', more: { layers: [layer] } });
    const registry = inMemory({ 'app:v1': wrong });
    registry.putBlob('app', alpine.layers[0]!.bytes);
    await assert.rejects(
      exported(registry, ['app:v1']),
      new RegExp(`blob ${layer.digest}: ${alpine.layers[0]!.bytes.length} bytes, its manifest says 7`),
    );
  });
});
