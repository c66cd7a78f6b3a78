import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CacheBounds, type CacheBoundsOptions } from '../../../api/keep/cache-bounds.ts';
import { LayoutIndex } from '../../../api/store/layout-index.ts';
import { Store } from '../../../api/store/store.ts';
import { UsageTimes } from '../../../api/store/usage-times.ts';
import { missing } from '../../support/clients/requires.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { canMount, MOUNTING_NEEDS, mountReadOnly } from '../../support/mounted.ts';
import { ref, repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { bytesOnDisk } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage, type TinyImage } from '../../support/tiny-image.ts';
import { keepImage } from './keep-image.ts';
import { ManualClock } from './manual-clock.ts';

const MINUTE = 60_000;
const image = (seed: string): TinyImage => tinyImage({ seed });

interface Kept extends AsyncDisposable {
  readonly store: Store;
  readonly bounds: CacheBounds;
  readonly clock: ManualClock;
  readonly usage: UsageTimes;
  readonly lines: string[];
  /** Pulls an image, and tells of it. */
  readonly pull: (tag: string) => Promise<void>;
  readonly tags: () => Promise<(string | undefined)[]>;
  readonly held: () => Promise<number>;
}

/** A store that has the cached images a, b and c, which were fetched one after the other. */
async function keeping(options: Partial<CacheBoundsOptions> & { store?: Store } = {}): Promise<Kept> {
  const store = options.store ?? new Store(join(tempFolder(), 'images'));
  const { log, lines } = keepingLog();
  const clock = new ManualClock();
  const usage = await UsageTimes.open(join(store.root, '_known'), log);
  const held = (): Promise<number> => bytesOnDisk(store.pool);
  let age = 10 * MINUTE;
  const fetch = (tag: string): Promise<void> =>
    keepImage(store, 'docker.io/library/app', image(tag), tag, { fetched: new Date(clock.now() - (age -= 1000)) });
  if (options.store === undefined) for (const tag of ['a', 'b', 'c']) await fetch(tag);
  const all = { usage, isPinned: () => false, maxBytes: Infinity, minFreeBytes: 0, log, clock, ...options, store };
  const bounds = new CacheBounds(all);
  return {
    store,
    bounds,
    clock,
    usage,
    lines,
    held,
    pull: async (tag) => {
      const before = await held();
      await fetch(tag);
      bounds.grew((await held()) - before);
    },
    tags: async () => {
      const { entries } = await LayoutIndex.read(store.layoutOf(repo('docker.io/library/app')));
      return entries.map(({ tag }) => tag);
    },
    [Symbol.asyncDispose]: async () => {
      await bounds.stop();
      store[Symbol.dispose]();
    },
  };
}

/** What three images take, a little less, so that they are too much. */
async function bytesOfThree(): Promise<number> {
  await using kept = await keeping();
  return await kept.held();
}
const THREE = await bytesOfThree();

describe('the bound on bytes', () => {
  test('is kept at the start, down to 90 %, and told of in one line', async () => {
    const maxBytes = THREE - 1;
    await using kept = await keeping({ maxBytes });
    const { bounds, clock, tags, held, lines } = kept;
    bounds.start();
    await clock.idle();
    assert.deepEqual(await tags(), ['b', 'c']);
    assert.ok((await held()) <= maxBytes * 0.9);
    assert.deepEqual(lines, [
      `info: cache: 1 image evicted, ${THREE - (await held())} bytes freed, ${await held()} held`,
    ]);
  });

  test('is kept within 10 s of being passed, and what was used just now stays', async () => {
    await using kept = await keeping({ maxBytes: THREE + 10 });
    const { bounds, clock, pull, tags, usage } = kept;
    bounds.start();
    await clock.idle();
    await clock.pass(5_000);
    assert.deepEqual(await tags(), ['a', 'b', 'c']);
    usage.note(repo('docker.io/library/app'), ref('a'), clock.now());
    await pull('d');
    await clock.pass(10_000);
    assert.deepEqual(await tags(), ['a', 'd']);
  });

  test('goes by the last use, also where that came so soon after another that it is not written', async () => {
    await using kept = await keeping({ maxBytes: THREE - 1 });
    const { bounds, clock, tags, usage } = kept;
    for (const [i, tag] of ['a', 'b', 'c', 'a'].entries()) {
      usage.note(repo('docker.io/library/app'), ref(tag), clock.now() - 10_000 + i * 1_000);
    }
    bounds.start();
    await clock.idle();
    assert.deepEqual(await tags(), ['a', 'c']);
  });

  test('counts what other processes bring, within a minute', async () => {
    await using kept = await keeping({ maxBytes: THREE + 10 });
    const { bounds, clock, store, tags } = kept;
    bounds.start();
    await clock.idle();
    using other = new Store(store.root);
    await storeImage(other, 'loaded', image('loaded'), 'v1');
    await clock.pass(59_000);
    assert.deepEqual(await tags(), ['a', 'b', 'c']);
    await clock.pass(3_000);
    assert.deepEqual(await tags(), ['c']);
  });

  test('that nothing can be done for is told of once, and tried again when something came', async () => {
    const store = new Store(join(tempFolder(), 'images'));
    for (const name of ['x', 'y']) await storeImage(store, name, image(name), 'v1');
    await using kept = await keeping({ store, maxBytes: 100 });
    const { bounds, clock, pull, tags, held, lines } = kept;
    bounds.start();
    await clock.idle();
    const told = [
      `warn: cache: ${await held()} bytes held, more than 100: ` +
        'what else is there was loaded, made by hand, or is pinned or in use',
    ];
    assert.deepEqual(lines, told);
    for (let i = 0; i < 30; i++) await clock.pass(MINUTE);
    assert.deepEqual(lines, told);
    await pull('d');
    await clock.pass(3_000);
    await clock.pass(MINUTE);
    assert.deepEqual(await tags(), []);
    assert.equal(lines.length, 2);
    assert.match(lines[1]!, /1 image evicted/);
  });

  test('spares pinned images', async () => {
    const isPinned = ({ repository, tag }: { repository: string; tag: string }): boolean =>
      `${repository}:${tag}` === 'docker.io/library/app:a';
    await using kept = await keeping({ maxBytes: THREE - 1, isPinned });
    kept.bounds.start();
    await kept.clock.idle();
    assert.deepEqual(await kept.tags(), ['a', 'c']);
  });

  test('is not kept any more once it was stopped', async () => {
    await using kept = await keeping({ maxBytes: THREE + 10 });
    kept.bounds.start();
    await kept.clock.idle();
    await kept.bounds.stop();
    await kept.pull('d');
    assert.deepEqual(await kept.tags(), ['a', 'b', 'c', 'd']);
  });
});

describe('without a bound', () => {
  test('nothing is counted, and nothing goes', async () => {
    await using kept = await keeping();
    kept.bounds.start();
    kept.bounds.grew(1e15);
    await kept.bounds.stop();
    assert.deepEqual(await kept.tags(), ['a', 'b', 'c']);
    assert.deepEqual(kept.lines, []);
  });
});

describe('what fails', () => {
  test('is told of once, and done when it fails no more', async () => {
    let fails = true;
    const freeBytesAt = (): Promise<number> =>
      fails ? Promise.reject(new Error('the disk is away')) : Promise.resolve(1);
    await using kept = await keeping({ minFreeBytes: 100, freeBytesAt });
    kept.bounds.start();
    await kept.clock.idle();
    for (let i = 0; i < 5; i++) await kept.clock.pass(MINUTE);
    assert.deepEqual(kept.lines, ['warn: cache: keeping the cache within its bounds failed: the disk is away']);
    fails = false;
    await kept.clock.pass(MINUTE);
    await kept.clock.pass(MINUTE);
    assert.ok(!(await kept.tags()).includes('a'));
  });
});

describe('the bound on free space', () => {
  /** A disk with so much room for blobs. */
  const disk = (bytes: number): Pick<CacheBoundsOptions, 'freeBytesAt'> => ({
    freeBytesAt: async (folder) => bytes - (await bytesOnDisk(join(folder, '_blobs'))),
  });

  test('is kept until a tenth more is free', async () => {
    const free = disk(THREE + 500);
    await using kept = await keeping({ minFreeBytes: 550, ...free });
    kept.bounds.start();
    await kept.clock.idle();
    assert.deepEqual(await kept.tags(), ['b', 'c']);
    assert.ok((await free.freeBytesAt!(kept.store.root)) >= 605);
    assert.match(kept.lines.join(), /^info: cache: 1 image evicted/);
  });

  test('is looked at every few seconds, whoever takes the space', async () => {
    let free = 1_000;
    await using kept = await keeping({ minFreeBytes: 500, freeBytesAt: () => Promise.resolve(free) });
    kept.bounds.start();
    await kept.clock.idle();
    assert.deepEqual(await kept.tags(), ['a', 'b', 'c']);
    free = 499;
    await kept.clock.pass(5_000);
    assert.deepEqual(await kept.tags(), ['b', 'c']);
  });

  test('that nothing can be done for is told of once', async () => {
    await using kept = await keeping({ minFreeBytes: 500, freeBytesAt: () => Promise.resolve(0) });
    kept.bounds.start();
    await kept.clock.idle();
    for (let i = 0; i < 5; i++) await kept.clock.pass(MINUTE);
    assert.deepEqual(await kept.tags(), []);
    assert.equal(kept.lines.filter((line) => line.startsWith('warn: cache: less than 500 bytes free')).length, 1);
  });

  test('is the file system’s own, when nobody says otherwise', async () => {
    await using kept = await keeping({ minFreeBytes: 1 });
    kept.bounds.start();
    await kept.clock.idle();
    assert.deepEqual(await kept.tags(), ['a', 'b', 'c']);
  });
});

const cannotMount = missing(...MOUNTING_NEEDS) || (!canMount() && 'nothing can be mounted here');

test('a read-only folder has no bounds, which is said once', { skip: cannotMount }, async () => {
  const folder = tempFolder();
  {
    using store = new Store(folder);
    await keepImage(store, 'app', image('a'), 'v1');
  }
  using mounted = mountReadOnly(folder);
  await using kept = await keeping({ store: new Store(mounted.path), maxBytes: 1 });
  kept.bounds.start();
  kept.bounds.grew(100);
  await kept.bounds.stop();
  assert.deepEqual(kept.lines, [`info: ${mounted.path} is read-only: the cache there has no bounds`]);
});
