import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRegistry } from '../../api/memory-registry.ts';
import { RegistryError } from '../../api/oci/errors.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../api/oci/media-types.ts';
import { parseHost } from '../../api/oci/repository.ts';
import { registryContract } from '../contract/registry-contract.ts';
import { ref, repo } from '../support/repository.ts';
import { descriptorOf, piecesOf, tinyImage, tinyIndex } from '../support/tiny-image.ts';

const image = tinyIndex([tinyImage({ seed: 'a' }), tinyImage({ seed: 'b', architecture: 'arm64' })]);

registryContract('memory', () => {
  const registry = new MemoryRegistry();
  for (const { bytes, mediaType } of piecesOf(image)) {
    if (/index|manifest/.test(mediaType)) registry.putManifest('team/app', bytes);
    else registry.putBlob('team/app', bytes);
  }
  registry.putManifest('team/app', image.manifest.bytes, { tag: 'latest' });
  return Promise.resolve({ registry, name: 'team/app', tag: 'latest', image });
});

test('a name with its host apart is unknown, also where both together are a name', async () => {
  const registry = new MemoryRegistry();
  registry.putManifest('docker.io/library/app', image.manifest.bytes, { tag: 'latest' });
  const apart = { ...repo('library/app'), host: parseHost('docker.io') };
  const unknown = (err: unknown): boolean => err instanceof RegistryError && err.code === 'NAME_UNKNOWN';
  await assert.rejects(registry.getManifest(apart, ref('latest')), unknown);
  await assert.rejects(registry.listTags(apart), unknown);
  assert.ok(await registry.getManifest(repo('docker.io/library/app'), ref('latest')));
});

test('what refers to a manifest is listed with its artifact type and annotations, by digest', async () => {
  const registry = new MemoryRegistry();
  const subject = descriptorOf(image.manifest);
  const config = descriptorOf(tinyImage({ seed: 'config' }).config);
  const put = (fields: object): ReturnType<MemoryRegistry['putManifest']> =>
    registry.putManifest('team/app', Buffer.from(JSON.stringify({ schemaVersion: 2, subject, ...fields })));
  const signature = put({
    mediaType: OCI_MANIFEST,
    artifactType: 'application/x.signature',
    config,
    layers: [],
    annotations: { by: 'me' },
  });
  const image1 = put({ mediaType: OCI_MANIFEST, config, layers: [] });
  const index = put({ mediaType: OCI_INDEX, manifests: [] });
  put({ mediaType: OCI_INDEX, manifests: [], subject: config });
  assert.deepEqual(
    (await registry.listReferrers(repo('team/app'), subject.digest)).entries,
    [
      { ...signature, artifactType: 'application/x.signature', annotations: { by: 'me' } },
      { ...image1, artifactType: OCI_CONFIG },
      index,
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  );
  assert.deepEqual((await registry.listReferrers(repo('another'), subject.digest)).entries, []);
});

test('what is no name, no tag or no manifest is refused', () => {
  const registry = new MemoryRegistry();
  assert.throws(() => registry.putBlob('Team/App', Buffer.alloc(0)), /not a repository name: "Team\/App"/);
  assert.throws(() => registry.putManifest('a', image.manifest.bytes, { tag: 'a b' }), /not a tag: a b/);
  assert.throws(() => registry.putManifest('a', Buffer.from('{}')), /schemaVersion|neither an image/);
});
