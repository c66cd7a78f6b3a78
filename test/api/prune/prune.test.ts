import assert from 'node:assert/strict';
import { link, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { formatRepository, type Repository } from '../../../api/oci/repository.ts';
import type { Usage } from '../../../api/prune/prune-candidates.ts';
import type { PruneCriteria } from '../../../api/prune/prune-selection.ts';
import { prune, type PruneOptions, type PruneReport } from '../../../api/prune/prune.ts';
import { Store } from '../../../api/store/store.ts';
import { blobsIn, bytesOnDisk, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { storeImage } from '../../support/store-image.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  descriptorOf,
  piecesOf,
  tinyImage,
  tinyIndex,
  type TinyImage,
  type TinyIndex,
} from '../../support/tiny-image.ts';
import { layoutBlobPath, writeLayoutBlob, writeOciLayout } from '../../support/write-images.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const daysAgo = (days: number): Date => new Date(NOW - days * DAY);

/** Distinct bytes that gzip cannot make small. */
const layer = (seed: number, bytes = 2_000): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => Math.imul((i + 1) * 2_654_435_761, seed + 77) >>> 24));
const image = (seed: number): TinyImage => tinyImage({ seed: `seed ${seed}`, layers: [layer(seed)] });
const arm = tinyImage({ seed: 'arm', architecture: 'arm64', layers: [layer(100)] });
const multi = tinyIndex([image(5), arm]);

/** `pulled` is by `repository reference`. */
const usage = (pulled: Readonly<Record<string, Date>> = {}): Usage => ({
  lastUsed: (repo: Repository, reference) => pulled[`${formatRepository(repo)} ${reference}`]?.getTime(),
});

/** app:v0 … v3 fetched 0, 10, 20 and 30 days ago, host/multi:latest 40 days, one image without a tag 50 days ago. */
async function filled(): Promise<Store> {
  const store = new Store(join(tempFolder(), 'images'));
  for (const i of [0, 1, 2, 3]) await storeImage(store, 'app', image(i), `v${i}`, { fetched: daysAgo(i * 10) });
  await storeImage(store, 'host/multi', multi, 'latest', { fetched: daysAgo(40) });
  await storeImage(store, 'app', image(9), undefined, { fetched: daysAgo(50) });
  return store;
}

const UNTAGGED = `app@${image(9).manifest.digest}`;

const namesIn = ({ images }: PruneReport): string[] =>
  images
    .map(({ repository, tag, digest }) => (tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`))
    .sort();

const isIn =
  (repository: string) =>
  (it: { repository: string }): boolean =>
    it.repository === repository;

interface Case {
  readonly name: string;
  readonly criteria: PruneCriteria;
  readonly pulled?: Readonly<Record<string, Date>>;
  readonly isPinned?: PruneOptions['isPinned'];
  readonly gone: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'a pattern', criteria: { matches: isIn('host/multi') }, gone: ['host/multi:latest'] },
  {
    name: 'a pattern that means one tag',
    criteria: { matches: ({ repository, tag }) => repository === 'app' && tag === 'v1' },
    gone: ['app:v1'],
  },
  {
    name: 'an age since fetched',
    criteria: { olderThanMs: 20 * DAY },
    gone: ['app:v2', 'app:v3', UNTAGGED, 'host/multi:latest'],
  },
  {
    name: 'an age and a pattern',
    criteria: { olderThanMs: 20 * DAY, matches: isIn('app') },
    gone: ['app:v2', 'app:v3', UNTAGGED],
  },
  {
    name: 'no use, of what was never pulled since it was fetched',
    criteria: { unusedForMs: 30 * DAY },
    gone: ['app:v3', UNTAGGED, 'host/multi:latest'],
  },
  {
    name: 'no use, and what was pulled by tag stays',
    criteria: { unusedForMs: 15 * DAY },
    pulled: { 'app v2': daysAgo(1), 'app v3': daysAgo(16), 'host/multi latest': daysAgo(2) },
    gone: ['app:v3', UNTAGGED],
  },
  {
    name: 'no use, and what was pulled by digest stays',
    criteria: { unusedForMs: 15 * DAY },
    pulled: {
      [`app ${image(2).manifest.digest}`]: daysAgo(1),
      [`app ${image(9).manifest.digest}`]: daysAgo(1),
      [`host/multi ${arm.manifest.digest}`]: daysAgo(1),
      [`other ${image(3).manifest.digest}`]: daysAgo(1),
    },
    gone: ['app:v3'],
  },
  {
    name: 'no use, and what was fetched anew is not unused because it was pulled long ago',
    criteria: { unusedForMs: 5 * DAY, matches: isIn('app') },
    pulled: { 'app v0': daysAgo(30) },
    gone: ['app:v1', 'app:v2', 'app:v3', UNTAGGED],
  },
  {
    name: 'age and use, of which both must hold',
    criteria: { olderThanMs: 20 * DAY, unusedForMs: 20 * DAY },
    pulled: { 'app v3': daysAgo(3), 'host/multi latest': daysAgo(3) },
    gone: ['app:v2', UNTAGGED],
  },
  { name: 'a number of tags alone', criteria: { keep: 2 }, gone: ['app:v2', 'app:v3'] },
  { name: 'more tags than there are', criteria: { keep: 10 }, gone: [] },
  {
    name: 'a number of tags and an age',
    criteria: { keep: 3, olderThanMs: 5 * DAY },
    gone: ['app:v3', UNTAGGED],
  },
  {
    name: 'a number of tags among those that a pattern means',
    criteria: { keep: 1, matches: ({ repository, tag }) => repository === 'app' && tag !== 'v0' },
    gone: ['app:v2', 'app:v3'],
  },
  {
    name: 'pinned images stay',
    criteria: { matches: () => true },
    isPinned: ({ repository, tag }) => repository === 'host/multi' || tag === 'v3',
    gone: ['app:v0', 'app:v1', 'app:v2', UNTAGGED],
  },
  { name: 'files alone', criteria: { unreferenced: true }, gone: [] },
  { name: 'nothing', criteria: {}, gone: [] },
];

describe('pruning by', () => {
  for (const { name, criteria, pulled, isPinned, gone } of CASES) {
    test(name, async () => {
      using store = await filled();
      const options = { usage: usage(pulled), now: NOW, ...(isPinned && { isPinned }) };
      const before = await filesBelow(store.root);
      const bytes = await bytesOnDisk(store.pool);
      const told = await prune(store, criteria, { ...options, dryRun: true });
      assert.deepEqual(await filesBelow(store.root), before, 'a dry run touches nothing');
      const report = await prune(store, criteria, { ...options, dryRun: false });
      assert.deepEqual(namesIn(report), gone);
      assert.deepEqual(report, told, 'a dry run tells what would go');
      assert.equal(report.freedBytes, bytes - (await bytesOnDisk(store.pool)));
      assert.equal(report.heldBytes, await bytesOnDisk(store.pool));
      assert.deepEqual(report.problems, []);
      assert.deepEqual(namesIn(await prune(store, criteria, { ...options, dryRun: false })), []);
    });
  }

  test('reasons, times and sizes are told', async () => {
    using store = await filled();
    const report = await prune(
      store,
      { matches: isIn('host/multi'), unusedForMs: DAY },
      { usage: usage({ 'host/multi latest': daysAgo(2) }), now: NOW, dryRun: true },
    );
    assert.deepEqual(report.images, [
      {
        repository: 'host/multi',
        tag: 'latest',
        digest: multi.manifest.digest,
        size: bytesOf(multi),
        reasons: ['pattern', 'unused-for'],
        fetched: daysAgo(40),
        lastUsed: daysAgo(2),
      },
    ]);
  });

  test('a referrer goes with its subject, and is told of', async () => {
    using store = new Store(join(tempFolder(), 'images'));
    const signature = tinyImage({ seed: 'sig', more: { subject: descriptorOf(image(1).manifest) } });
    await storeImage(store, 'app', image(1), 'v1', { referrers: [signature], fetched: daysAgo(3) });
    const report = await prune(store, { olderThanMs: DAY }, { usage: usage(), dryRun: false });
    assert.deepEqual(
      report.images.map(({ tag, reasons }) => [tag, reasons]),
      [
        [undefined, ['referrer']],
        ['v1', ['older-than']],
      ],
    );
    assert.deepEqual(await blobsIn(store.pool), []);
  });

  test('a layout that cannot be read is told of, and the others are pruned', async () => {
    using store = await filled();
    await writeFile(join(store.root, 'app/index.json'), '{');
    const report = await prune(store, { matches: () => true }, { usage: usage(), dryRun: false });
    assert.deepEqual(namesIn(report), ['host/multi:latest']);
    assert.match(report.problems.join(), /app\/index\.json: not JSON/);
  });
});

describe('pruning to a number of bytes', () => {
  const fit = async (store: Store, criteria: PruneCriteria, options: Partial<PruneOptions> = {}) => {
    const all = { usage: usage(), now: NOW, ...options };
    const told = await prune(store, criteria, { ...all, dryRun: true });
    const report = await prune(store, criteria, { ...all, dryRun: false });
    assert.deepEqual(report, told);
    assert.equal(report.heldBytes, await bytesOnDisk(store.pool));
    return report;
  };

  test('removes nothing when it fits', async () => {
    using store = await filled();
    assert.deepEqual(namesIn(await fit(store, { maxBytes: 1e9 })), []);
  });

  test('removes what is unused the longest, and no more than needed', async () => {
    using store = await filled();
    const maxBytes = (await bytesOnDisk(store.pool)) - bytesOf(image(3)) - 1;
    const pulled = { [`app ${image(9).manifest.digest}`]: daysAgo(1), 'host/multi latest': daysAgo(25) };
    const report = await fit(store, { maxBytes }, { usage: usage(pulled) });
    assert.deepEqual(namesIn(report), ['app:v3', 'host/multi:latest']);
    assert.ok(report.heldBytes <= maxBytes);
  });

  test('spares what frees nothing, as others hold all of it', async () => {
    using store = await filled();
    await storeImage(store, 'alias', image(0), 'old', { fetched: daysAgo(99) });
    const report = await fit(store, { maxBytes: (await bytesOnDisk(store.pool)) - 1 });
    assert.deepEqual(namesIn(report), [UNTAGGED]);
  });

  test('removes all that hold a blob when that is what it takes', async () => {
    using store = new Store(join(tempFolder(), 'images'));
    for (const name of ['a', 'b', 'c']) await storeImage(store, name, image(1), 'v1', { fetched: daysAgo(5) });
    await storeImage(store, 'd', image(2), 'v1', { fetched: daysAgo(1) });
    const report = await fit(store, { maxBytes: bytesOf(image(2)) });
    assert.deepEqual(namesIn(report), ['a:v1', 'b:v1', 'c:v1']);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image(2)));
  });

  test('goes by the pattern, the pins and the newest tags, also when it does not fit then', async () => {
    using store = await filled();
    const isPinned = ({ tag }: { tag: string }): boolean => tag === 'v3';
    const report = await fit(store, { maxBytes: 1, keep: 1, matches: isIn('app') }, { isPinned });
    assert.deepEqual(namesIn(report), ['app:v1', 'app:v2', UNTAGGED]);
    assert.ok(report.heldBytes > 1);
  });

  test('comes after the other criteria', async () => {
    using store = await filled();
    const maxBytes = bytesOf(image(0)) + bytesOf(image(1));
    const report = await fit(store, { maxBytes, olderThanMs: 30 * DAY });
    assert.deepEqual(
      new Map(report.images.map(({ tag, reasons }) => [tag, reasons])),
      new Map([
        [undefined, ['older-than']],
        ['v3', ['older-than']],
        ['latest', ['older-than']],
        ['v2', ['max-bytes']],
      ]),
    );
  });

  test('takes what nothing needs before any image', async () => {
    using store = await filled();
    await storeImage(store, 'app', image(20), 'gone');
    await storeImage(store, 'app', image(21), 'gone');
    const maxBytes = (await bytesOnDisk(store.pool)) - bytesOf(image(20)) + 10;
    const report = await fit(store, { maxBytes }, { now: NOW + DAY });
    assert.deepEqual(
      report.images.map(({ digest, reasons }) => [digest, reasons]),
      [[image(20).manifest.digest, ['replaced']]],
    );
  });

  test('does not count on blobs that somebody has linked elsewhere', async () => {
    using store = await filled();
    const old = image(9).layers[0]!.digest;
    await link(join(store.pool, ...old.split(':')), join(dirname(store.root), 'backup'));
    const report = await fit(store, { maxBytes: (await bytesOnDisk(store.pool)) - bytesOf(image(9)) });
    assert.deepEqual(namesIn(report), [UNTAGGED, 'host/multi:latest']);
  });

  test('leaves alone what others put into the same layout', async () => {
    using store = new Store(join(tempFolder(), 'images'));
    const theirs = image(30);
    await writeOciLayout(join(store.root, 'app'), [{ image: theirs, tag: 'theirs' }]);
    await writeLayoutBlob(join(store.root, 'app'), image(31).layers[0]!);
    await storeImage(store, 'app', image(1), 'v1');
    const report = await fit(store, { maxBytes: 1 }, { now: Date.now() + DAY });
    assert.deepEqual(namesIn(report), ['app:v1']);
    assert.deepEqual(
      await blobsIn(dirname(dirname(layoutBlobPath(join(store.root, 'app'), theirs.manifest.digest)))),
      [...digestsOf(theirs), image(31).layers[0]!.digest].sort(),
    );
  });
});

const bytesOf = (of: TinyImage | TinyIndex): number =>
  [...new Map(piecesOf(of).map(({ digest, bytes }) => [digest, bytes.length])).values()].reduce((a, b) => a + b, 0);
