import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import type { Lister } from '../../../api/registry.ts';
import { registryContract } from '../../contract/registry-contract.ts';
import { index, put, serve } from '../../support/http-images.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { registryOver } from '../../support/upstream/registry-over.ts';

registryContract('UpstreamRegistry in front of our own server', async () => {
  const memory = new MemoryRegistry();
  put(memory, 'team/app', index, 'latest');
  const { origin } = await serve(memory);
  const { registry } = registryOver(origin);
  const listTags = registry.listTags.bind(registry);
  const listReferrers = registry.listReferrers.bind(registry);
  // An upstream's lists are plain, and it is not asked for all its repositories.
  const lister: Lister = {
    listTags: async (...asked) => ({ entries: await listTags(...asked) }),
    listReferrers: async (...asked) => ({ entries: await listReferrers(...asked) }),
    listRepositories: () => Promise.resolve(['team/app']),
  };
  return { registry: Object.assign(registry, lister), name: 'team/app', tag: 'latest', image: index };
});

test('UP22 our own server gives 2500 tags in three pages', async () => {
  const memory = new MemoryRegistry();
  const { bytes } = tinyImage().manifest;
  const tags = Array.from({ length: 2500 }, (_, i) => `t${String(i).padStart(4, '0')}`);
  for (const tag of tags) memory.putManifest('many', bytes, { tag });
  const { registry, lines } = registryOver((await serve(memory)).origin);
  assert.deepEqual(await registry.listTags(repo('many')), tags);
  assert.equal(lines.length, 3);
});

test('fifty pulls at once do not hinder one another', async () => {
  const memory = new MemoryRegistry();
  const image = tinyImage({ layers: [Buffer.alloc(500_000, 'x')] });
  put(memory, 'a', image, 'v1');
  const { registry } = registryOver((await serve(memory)).origin);
  const warnings: Error[] = [];
  const warn = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', warn);
  const { signal } = new AbortController();
  const pull = async (): Promise<void> => {
    const patience = { signal, budgetMs: 60_000 };
    await registry.getManifest(repo('a'), ref('v1'), patience);
    const [layer] = image.layers;
    const { body } = await registry.openBlob(repo('a'), layer!.digest, undefined, patience);
    assert.deepEqual(await readBody(body), layer!.bytes);
  };
  await Promise.all(Array.from({ length: 50 }, pull));
  process.off('warning', warn);
  assert.deepEqual(warnings, []);
});
