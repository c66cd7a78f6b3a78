import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatRepository } from '../../../api/oci/repository.ts';
import { evict, type Eviction, type EvictionOptions } from '../../../api/prune/evict.ts';
import type { Usage } from '../../../api/prune/prune-candidates.ts';
import { prune } from '../../../api/prune/prune.ts';
import { LayoutIndex } from '../../../api/store/layout-index.ts';
import { repositoryDirectories } from '../../../api/store/layouts.ts';
import { Store } from '../../../api/store/store.ts';
import { repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, bytesOnDisk, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, tinyImage, tinyIndex, type Piece, type TinyImage } from '../../support/tiny-image.ts';
import { writeOciLayout } from '../../support/write-images.ts';
import { keepBlobs, keepImage } from '../keep/keep-image.ts';

const MINUTE = 60_000;
const NOW = Date.now();
const minutesAgo = (minutes: number): Date => new Date(NOW - minutes * MINUTE);
const unused: Usage = { lastUsed: () => undefined };
const image = (seed: string): TinyImage => tinyImage({ seed });

/** `used` is by `repository reference`. */
const usage = (used: Readonly<Record<string, Date>>): Usage => ({
  lastUsed: (of, reference) => used[`${formatRepository(of)} ${reference}`]?.getTime(),
});

const open = (): Store => new Store(join(tempFolder(), 'images'));

/** Down to so many bytes, if there are more. */
function evictTo(store: Store, lowBytes: number, options: Partial<EvictionOptions> = {}): Promise<Eviction> {
  const { signal } = new AbortController();
  const room = { maxBytes: lowBytes, lowBytes, missingBytes: 0 };
  return evict(store, room, { usage: unused, isPinned: () => false, now: NOW, signal, ...options });
}

/** So much that something has to go, however little. */
const evictOne = async (store: Store, options: Partial<EvictionOptions> = {}): Promise<Eviction> =>
  evictTo(store, (await bytesOnDisk(store.pool)) - 1, options);

/** What there is to be pulled, `repository:tag` or `repository@digest`. */
async function names(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { repo: of, path, isLayout } of repositoryDirectories(store)) {
    if (!isLayout) continue;
    for (const { tag, descriptor } of (await LayoutIndex.read(path)).entries) {
      found.push(`${formatRepository(of)}${tag === undefined ? `@${descriptor.digest}` : `:${tag}`}`);
    }
  }
  return found.sort();
}

describe('eviction', () => {
  test('takes the cached images that are unused the longest, and no more than it must', async () => {
    using store = open();
    for (const [i, seed] of ['a', 'b', 'c', 'd'].entries()) {
      await keepImage(store, 'docker.io/library/app', image(seed), seed, { fetched: minutesAgo(100 - i) });
    }
    const used = usage({
      'docker.io/library/app a': minutesAgo(5),
      [`docker.io/library/app ${image('b').manifest.digest}`]: minutesAgo(6),
    });
    const before = await bytesOnDisk(store.pool);
    const evicted = await evictOne(store, { usage: used });
    assert.deepEqual(
      await names(store),
      ['a', 'b', 'd'].map((tag) => `docker.io/library/app:${tag}`),
    );
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('a'), image('b'), image('d')));
    const freedBytes = before - (await bytesOnDisk(store.pool));
    assert.deepEqual(evicted, { images: 1, freedBytes, isExhausted: false, problems: [] });
  });

  test('takes nothing when there is room', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    const evicted = await evictTo(store, await bytesOnDisk(store.pool));
    assert.deepEqual(evicted, { images: 0, freedBytes: 0, isExhausted: false, problems: [] });
  });

  test('frees what is missing, whatever is held', async () => {
    using store = open();
    for (const seed of ['a', 'b', 'c']) await keepImage(store, 'app', image(seed), seed);
    const room = { maxBytes: Infinity, lowBytes: Infinity, missingBytes: 1 };
    const { signal } = new AbortController();
    const evicted = await evict(store, room, { usage: unused, isPinned: () => false, now: NOW, signal });
    assert.equal(evicted.images, 1);
    assert.ok(evicted.freedBytes >= 1);
  });

  test('leaves what was loaded, what was made by hand and what is pinned, and says that nothing more can go', async () => {
    using store = open();
    await storeImage(store, 'loaded', image('loaded'), 'v1', { fetched: minutesAgo(999) });
    await storeImage(store, 'mixed', image('by load'), 'v1', { fetched: minutesAgo(999) });
    await keepImage(store, 'mixed', image('pulled'), 'v2');
    await writeOciLayout(join(store.root, 'hand'), [{ image: image('hand'), tag: 'v1' }]);
    await keepImage(store, 'docker.io/library/pause', image('pause'), '3.9', { fetched: minutesAgo(999) });
    await keepImage(store, 'docker.io/library/pause', image('by digest'), undefined, { fetched: minutesAgo(999) });
    await keepImage(store, 'app', image('app'), 'v1');
    const isPinned = ({ repository }: { repository: string }): boolean => repository === 'docker.io/library/pause';
    const evicted = await evictTo(store, 0, { isPinned });
    assert.equal(evicted.images, 2);
    assert.equal(evicted.isExhausted, true);
    assert.deepEqual(await names(store), [
      `docker.io/library/pause:3.9`,
      `docker.io/library/pause@${image('by digest').manifest.digest}`,
      'hand:v1',
      'loaded:v1',
      'mixed:v1',
    ]);
    const kept = ['loaded', 'by load', 'pause', 'by digest'].map(image);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(...kept));
    assert.deepEqual(await blobsIn(join(store.root, 'hand/blobs')), digestsOf(image('hand')));
    assert.equal((await evictTo(store, 0, { isPinned })).isExhausted, true);
  });

  test('does not count on blobs that a loaded image or a fill has too', async () => {
    using store = open();
    const base = layerOf('base', 5_000);
    const based = (seed: string): TinyImage => tinyImage({ seed, layers: [base, layerOf(seed)] });
    await storeImage(store, 'loaded', based('loaded'), 'v1');
    await keepImage(store, 'old', based('old'), 'v1', { fetched: minutesAgo(9) });
    await keepImage(store, 'new', image('new'), 'v1');
    await using fill = await store.begin();
    const [layer] = image('new').layers;
    assert.ok(await fill.hold(descriptorOf(layer!)));
    const evicted = await evictTo(store, 0);
    assert.equal(evicted.isExhausted, true);
    assert.deepEqual(await names(store), ['loaded:v1']);
    assert.deepEqual(await blobsIn(store.pool), [...digestsOf(based('loaded')), layer!.digest].sort());
  });

  test('takes an image of which only the manifest was fetched, and one of which blobs are missing', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'bare', { pieces: [] });
    await keepImage(store, 'app', image('b'), 'half', { pieces: [image('b').config] });
    assert.equal((await evictTo(store, 0)).images, 2);
    assert.deepEqual(await blobsIn(store.pool), []);
    assert.deepEqual(
      (await readdir(store.root)).filter((name) => !name.startsWith('_')),
      [],
    );
  });

  test('takes an index with those of its children that are here, named or not', async () => {
    using store = open();
    const [amd, arm, other] = ['amd64', 'arm64', 's390x'].map((architecture) =>
      tinyImage({ seed: architecture, architecture }),
    ) as [TinyImage, TinyImage, TinyImage];
    const index = tinyIndex([amd, arm, other]);
    await keepImage(store, 'app', index, 'v1', { fetched: minutesAgo(9), pieces: [amd.manifest, ...amd.layers] });
    await keepImage(store, 'app', arm, undefined, { fetched: minutesAgo(8) });
    await keepImage(store, 'app', image('kept'), 'kept', { fetched: minutesAgo(7) });
    const left = await bytesOf(store, digestsOf(image('kept')));
    assert.deepEqual(await evictTo(store, left + 1), {
      images: 2,
      freedBytes: bytesOfAll(index.manifest, ...amd.layers, amd.manifest) + bytesOfAll(...all(arm)),
      isExhausted: false,
      problems: [],
    });
    assert.deepEqual(await names(store), ['app:kept']);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('kept')));
  });

  test('keeps an index of which a child was pulled by its digest', async () => {
    using store = open();
    const index = tinyIndex([image('child')]);
    await keepImage(store, 'app', index, 'v1', { fetched: minutesAgo(90) });
    await keepImage(store, 'app', image('a'), 'a', { fetched: minutesAgo(9) });
    await evictOne(store, { usage: usage({ [`app ${image('child').manifest.digest}`]: minutesAgo(1) }) });
    assert.deepEqual(await names(store), ['app:v1']);
  });

  test('takes what lost its tag first, unless somebody pulls it by its digest', async () => {
    using store = open();
    await keepImage(store, 'old', image('old'), 'v1', { fetched: minutesAgo(500) });
    for (const [seed, minutes] of [
      ['replaced', 300],
      ['wanted', 200],
      ['current', 100],
    ] as const) {
      await keepImage(store, 'app', image(seed), 'latest', { fetched: minutesAgo(minutes) });
    }
    const { digest } = image('wanted').manifest;
    const options = { usage: usage({ [`app ${digest}`]: minutesAgo(1) }) };
    await evictOne(store, options);
    assert.deepEqual(await names(store), ['app:latest', `app@${digest}`, 'old:v1']);
    await evictOne(store, options);
    assert.deepEqual(await names(store), ['app:latest', `app@${digest}`]);
  });

  test('takes referrers with their subject, and leaves a subject whose referrer was loaded', async () => {
    using store = open();
    const signatureOf = (subject: TinyImage, seed: string): TinyImage =>
      tinyImage({ seed, more: { subject: descriptorOf(subject.manifest) } });
    await keepImage(store, 'a', image('a'), 'v1');
    await keepImage(store, 'a', signatureOf(image('a'), 'of a'));
    await keepImage(store, 'b', image('b'), 'v1');
    await storeImage(store, 'b', signatureOf(image('b'), 'of b'));
    const evicted = await evictTo(store, 0);
    assert.equal(evicted.images, 1);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('b'), signatureOf(image('b'), 'of b')));
  });

  test('spares an image that somebody comes for meanwhile', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    let asked = 0;
    const coming: Usage = { lastUsed: (_, reference) => (reference === 'v1' && asked++ > 0 ? NOW : undefined) };
    const { images, isExhausted } = await evictTo(store, 0, { usage: coming });
    assert.deepEqual([images, isExhausted], [0, true]);
    assert.deepEqual(await names(store), ['app:v1']);
  });

  test('ends when it is told to', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(evictTo(store, 0, { signal }), /enough/);
    assert.deepEqual(await names(store), ['app:v1']);
  });

  test('goes on where a layout cannot be read', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    await writeOciLayout(join(store.root, 'bad'), []);
    await writeFile(join(store.root, 'bad/index.json'), '{');
    const { images, problems } = await evictTo(store, 0);
    assert.equal(images, 1);
    assert.match(problems.join(), /bad\/index\.json: not JSON/);
  });

  test('works beside prune', async () => {
    using store = open();
    using other = new Store(store.root);
    for (let i = 0; i < 20; i++) await keepImage(store, `app${i % 3}`, image(`${i}`), `v${i}`);
    const [evicted, pruned] = await Promise.all([
      evictTo(store, 0),
      prune(other, { maxBytes: 0 }, { usage: unused, dryRun: false }),
    ]);
    assert.equal(evicted.images + pruned.images.length, 20);
    assert.deepEqual([...evicted.problems, ...pruned.problems], []);
    assert.deepEqual(await blobsIn(store.pool), []);
  });
});

describe('eviction of blobs that no manifest names', () => {
  const later = { now: NOW + 20 * MINUTE };

  test('takes them before any image, once nobody can be about to need them', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    await keepBlobs(store, 'app', image('loose').layers);
    await keepBlobs(store, 'blobs/only', [image('lonely').config]);
    const before = await filesBelow(store.root);
    const low = await bytesOf(store, digestsOf(image('a')));
    const spared = await evictTo(store, low, { isPinned: () => true });
    assert.deepEqual([spared.images, spared.freedBytes, spared.isExhausted], [0, 0, true]);
    assert.deepEqual((await filesBelow(store.root)).filter(isNoLock), before.filter(isNoLock));
    const evicted = await evictTo(store, low, later);
    assert.deepEqual([evicted.images, evicted.isExhausted], [0, false]);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('a')));
    assert.deepEqual(await blobsIn(join(store.root, 'app/blobs')), digestsOf(image('a')));
    assert.ok(!(await filesBelow(store.root)).includes('blobs'), 'a layout of nothing is gone');
  });

  test('takes what a fill left in the pool alone, and not what it still holds', async () => {
    using store = open();
    await keepImage(store, 'app', image('a'), 'v1');
    const [left, held] = [image('left').config, image('held').config];
    await using fill = await store.begin();
    await fill.put(descriptorOf(held), () => Promise.resolve([held.bytes]));
    {
      await using over = await store.begin();
      await over.put(descriptorOf(left), () => Promise.resolve([left.bytes]));
    }
    await evictOne(store, later);
    assert.deepEqual(await blobsIn(store.pool), [...digestsOf(image('a')), held.digest].sort());
  });

  test('leaves in the pool what another repository needs', async () => {
    using store = open();
    await storeImage(store, 'app', image('a'), 'v1');
    await keepBlobs(store, 'other', image('a').layers);
    await keepBlobs(store, 'other', image('loose').layers);
    await evictOne(store, later);
    assert.deepEqual(await names(store), ['app:v1']);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('a')));
    assert.deepEqual(await blobsIn(join(store.layoutOf(repo('other')), 'blobs')), []);
  });
});

const isNoLock = (path: string): boolean => !path.startsWith('_locks');
const all = ({ manifest, config, layers }: TinyImage): Piece[] => [manifest, config, ...layers];
const bytesOfAll = (...pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);

async function bytesOf(store: Store, digests: readonly string[]): Promise<number> {
  const sizes = await Promise.all(digests.map(async (it) => (await stat(join(store.pool, ...it.split(':')))).size));
  return sizes.reduce((a, b) => a + b, 0);
}
