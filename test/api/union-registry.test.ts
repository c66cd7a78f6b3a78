import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRegistry } from '../../api/memory-registry.ts';
import type { Tag } from '../../api/oci/reference.ts';
import type { CacheUse, List } from '../../api/registry.ts';
import { joinLists, UnionRegistry } from '../../api/union-registry.ts';
import { registryContract } from '../contract/registry-contract.ts';
import { index, put } from '../support/http-images.ts';
import { repo } from '../support/repository.ts';
import { tinyImage } from '../support/tiny-image.ts';

registryContract('a union of which the last has it', () => {
  const last = new MemoryRegistry();
  put(last, 'team/app', index, 'latest');
  const registry = new UnionRegistry([new MemoryRegistry(), last]);
  return Promise.resolve({ registry, name: 'team/app', tag: 'latest', image: index });
});

test('A2 tags of all members are listed together, each once, by code point', async () => {
  const [one, two] = [new MemoryRegistry(), new MemoryRegistry()];
  for (const tag of ['b', 'Z', 'both']) put(one, 'team/app', tinyImage(), tag);
  for (const tag of ['a', 'both']) put(two, 'team/app', tinyImage(), tag);
  put(two, 'other', tinyImage(), 'v1');
  const union = new UnionRegistry([one, two]);
  assert.deepEqual(await union.listTags(repo('team/app')), { entries: ['Z', 'a', 'b', 'both'] });
  assert.deepEqual(await union.listTags(repo('other')), { entries: ['v1'] });
});

const stale: CacheUse = { result: 'stale', reason: 'docker.io is out of reach' };
const uses: { of: (CacheUse | undefined)[]; cache: CacheUse | undefined }[] = [
  { of: [undefined, undefined], cache: undefined },
  { of: [undefined, { result: 'miss' }], cache: { result: 'miss' } },
  { of: [{ result: 'hit' }, { result: 'miss' }], cache: { result: 'miss' } },
  { of: [{ result: 'miss' }, stale, undefined], cache: stale },
];
for (const { of, cache } of uses) {
  const named = (use: CacheUse | undefined): string => use?.result ?? 'no cache';
  test(`lists joined of ${of.map(named).join(', ')}: ${named(cache)}`, () => {
    const lists: List<Tag>[] = of.map((use) => ({ entries: [], ...(use && { cache: use }) }));
    assert.deepEqual(joinLists(lists, (tag) => tag).cache, cache);
  });
}
