import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRegistry } from '../../api/memory-registry.ts';
import { formatRepository } from '../../api/oci/repository.ts';
import { UsageRegistry } from '../../api/usage-registry.ts';
import { registryContract } from '../contract/registry-contract.ts';
import { ref, repo } from '../support/repository.ts';
import { tinyImage, type TinyImage } from '../support/tiny-image.ts';

const image = tinyImage();
const app = repo('team/app');

function recorded({ manifest, config, layers }: TinyImage): { registry: UsageRegistry; notes: string[] } {
  const inner = new MemoryRegistry();
  for (const { bytes } of [config, ...layers]) inner.putBlob('team/app', bytes);
  inner.putManifest('team/app', manifest.bytes, { tag: 'latest' });
  const notes: string[] = [];
  const note = (...[of, reference]: Parameters<ConstructorParameters<typeof UsageRegistry>[1]['note']>) =>
    void notes.push(`${formatRepository(of)} ${reference}`);
  return { registry: new UsageRegistry(inner, { note }), notes };
}

registryContract('a recorded registry', () =>
  Promise.resolve({ registry: recorded(image).registry, name: 'team/app', tag: 'latest', image }),
);

test('manifests that are had are noted by the reference they were asked for, and nothing else is', async () => {
  const { registry, notes } = recorded(image);
  await registry.statManifest(app, ref('latest'));
  await registry.getManifest(app, image.manifest.digest);
  await assert.rejects(registry.getManifest(app, ref('unknown')));
  await assert.rejects(registry.statManifest(repo('unknown'), ref('latest')));
  await registry.statBlob(app, image.config.digest);
  await (await registry.openBlob(app, image.config.digest)).body.return();
  await registry.listTags(app);
  assert.deepEqual(notes, ['team/app latest', `team/app ${image.manifest.digest}`]);
});
