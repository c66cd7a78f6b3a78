import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { prune } from '../../../api/prune/prune.ts';
import type { PruneCriteria } from '../../../api/prune/prune-selection.ts';
import { removeTags } from '../../../api/prune/removal.ts';
import { Store } from '../../../api/store/store.ts';
import { repo } from '../../support/repository.ts';
import { requireWholeImages, unreferencedBlobs } from '../../support/sound-store.ts';
import { storeImage } from '../../support/store-image.ts';
import { filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, tinyImage, tinyIndex } from '../../support/tiny-image.ts';

const DAY = 86_400_000;
const shared = layerOf('shared');
const images = ['a', 'b', 'c'].map((seed) => tinyImage({ seed, layers: [shared, layerOf(seed)] }));
const index = tinyIndex([images[0]!, tinyImage({ seed: 'arm', architecture: 'arm64', layers: [shared] })]);
const named = [...images, index];
const referrers = named.map(({ manifest }, i) =>
  tinyImage({ seed: `referrer ${i}`, more: { subject: descriptorOf(manifest) } }),
);
const all = [...named, ...referrers];

const REPOSITORIES = ['app', 'app/sub', 'host.example/team/app'];
const TAGS = ['v1', 'v2', 'v3'];

const repository = fc.constantFrom(...REPOSITORIES);
const criteria: fc.Arbitrary<PruneCriteria> = fc.oneof(
  fc.record({ olderThanMs: fc.integer({ min: 0, max: 9 }).map((days) => days * DAY) }),
  fc.record({ keep: fc.integer({ min: 1, max: 2 }), unreferenced: fc.boolean() }),
  fc.record({ maxBytes: fc.integer({ min: 0, max: 3_000 }) }),
  fc.record({ matches: repository.map((name) => (it: { repository: string }) => it.repository === name) }),
  fc.constant({ unreferenced: true }),
);
const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: repository,
      image: fc.nat(named.length - 1),
      tag: fc.option(fc.constantFrom(...TAGS), { nil: undefined }),
      days: fc.nat(10),
      refers: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ from: repository, tags: fc.subarray(TAGS, { minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ criteria, isLater: fc.boolean() }) },
);

test('whatever is named, removed and pruned, what is left is whole, and every blob in the pool is of use', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength: 12 }), async (operations) => {
      using store = new Store(tempFolder());
      const now = Date.now();
      for (const each of operations) {
        if ('image' in each) {
          const { name, image, tag, days, refers } = each;
          const fetched = new Date(now - days * DAY);
          await storeImage(store, name, named[image]!, tag, { fetched, referrers: refers ? [referrers[image]!] : [] });
        } else if ('tags' in each) {
          await removeTags(store, repo(each.from), ({ tag }) => tag !== undefined && each.tags.includes(tag));
        } else {
          const options = { usage: { lastUsed: () => undefined }, now: now + (each.isLater ? DAY : 0) };
          const told = await prune(store, each.criteria, { ...options, dryRun: true });
          const report = await prune(store, each.criteria, { ...options, dryRun: false });
          assert.deepEqual(report, told);
          assert.deepEqual(report.problems, []);
        }
        await requireWholeImages(store, all);
        assert.deepEqual(await unreferencedBlobs(store), []);
      }
      await prune(store, { matches: () => true }, { usage: { lastUsed: () => undefined }, dryRun: false });
      const left = await filesBelow(store.root);
      assert.deepEqual(
        left.filter((path) => !path.startsWith('_') || path.startsWith('_blobs/sha256/')),
        [],
      );
    }),
    { numRuns: 25 },
  );
});
