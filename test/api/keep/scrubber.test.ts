import assert from 'node:assert/strict';
import { mkdir, open, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Scrubber } from '../../../api/keep/scrubber.ts';
import { splitDigest, type Digest } from '../../../api/oci/digest.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { Store } from '../../../api/store/store.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { missing } from '../../support/clients/requires.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { canMount, MOUNTING_NEEDS, mountReadOnly } from '../../support/mounted.ts';
import { repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { FakeClock } from '../../support/upstream/fake-clock.ts';
import { piecesOf, tinyImage, type TinyImage } from '../../support/tiny-image.ts';
import { layoutBlobPath } from '../../support/write-images.ts';
import { keepImage } from './keep-image.ts';
import { ManualClock } from './manual-clock.ts';

const image = (seed: string): TinyImage => tinyImage({ seed });
const RATE = 64 * 1024;

interface Scrubbing extends AsyncDisposable {
  readonly scrubber: Scrubber;
  readonly clock: ManualClock;
  readonly lines: string[];
  /** Lets it look at so many more blobs, which take a second each at this rate. */
  readonly look: (blobs: number) => Promise<void>;
}

function scrubbing(store: Store, bytesPerSecond = RATE): Scrubbing {
  const { log, lines } = keepingLog();
  const clock = new ManualClock();
  const scrubber = new Scrubber({ store, bytesPerSecond, log, clock });
  return {
    scrubber,
    clock,
    lines,
    look: async (blobs) => {
      for (let i = 0; i < blobs; i++) await clock.pass(1_500);
    },
    [Symbol.asyncDispose]: () => scrubber.stop(),
  };
}

/** As a disk does that loses bits: same size, same times, same file. */
async function rot(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.from([0xff, 0xfe]), 0, 2, 3);
  await file.close();
  await utimes(path, atime, mtime);
}

/** Makes blobs as old as their place in a list says, the first the oldest. */
async function age(store: Store, digests: readonly Digest[]): Promise<void> {
  for (const [i, digest] of digests.entries()) {
    const at = new Date(Date.UTC(2026, 0, 1 + i));
    await utimes(blobPath(store.pool, digest), at, at);
  }
}

describe('scrubbing', () => {
  test('puts a bad blob aside, out of the pool and of every layout, and says so in one line', async () => {
    using store = new Store(tempFolder());
    for (const name of ['a', 'b']) await keepImage(store, name, image('x'), 'v1');
    await storeImage(store, 'c', image('y'), 'v1');
    const bad = image('x').layers[0]!.digest;
    await rot(blobPath(store.pool, bad));
    await using it = scrubbing(store);
    it.scrubber.start();
    await it.look(20);
    const { encoded } = splitDigest(bad);
    assert.deepEqual(
      (await filesBelow(store.root)).filter((path) => path.includes(encoded)),
      [`_quarantine/sha256-${encoded}`, `_quarantine/sha256-${encoded}.json`],
    );
    assert.equal(it.lines.length, 1);
    assert.match(it.lines[0]!, new RegExp(`^error: scrub: blob ${bad} is bad \\(its content is sha256:.*put aside as`));
    await keepImage(store, 'a', image('x'), 'v1');
    await it.look(100);
    assert.ok(
      (await filesBelow(store.layoutOf(repo('a')))).includes(`blobs/sha256/${encoded}`),
      'it was fetched again',
    );
    assert.equal(it.lines.length, 1);
  });

  test('leaves what is as it should be, and says nothing', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image('x'), 'v1');
    await storeImage(store, 'b', tinyImage({ seed: 'sha512', algorithm: 'sha512' }), 'v1');
    const look = async (): Promise<unknown[]> => {
      const files = (await filesBelow(store.root)).filter((path) => !path.startsWith('_known'));
      return Promise.all(files.map(async (path) => [path, (await stat(join(store.root, path))).ctimeMs]));
    };
    const before = await look();
    await using it = scrubbing(store);
    it.scrubber.start();
    await it.look(20);
    assert.deepEqual(await look(), before);
    assert.deepEqual(it.lines, []);
  });

  test('finds what goes bad later', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image('x'), 'v1');
    await using it = scrubbing(store);
    it.scrubber.start();
    await it.look(10);
    await rot(blobPath(store.pool, image('x').config.digest));
    await it.look(100);
    assert.equal((await blobsIn(store.pool)).length, 2);
    assert.equal(it.lines.length, 1);
  });

  test('keeps to its rate', async () => {
    using store = new Store(tempFolder());
    const noise = Buffer.from(Array.from({ length: 3 * 2 ** 20 }, (_, i) => Math.imul(i, i * 7) >>> 9));
    const large = tinyImage({ layers: [noise] });
    await storeImage(store, 'a', large, 'v1');
    const { digest, bytes } = large.layers[0]!;
    await age(store, [digest, large.config.digest, large.manifest.digest]);
    await rot(blobPath(store.pool, digest));
    const { log, lines } = keepingLog();
    const clock = new FakeClock();
    const begun = clock.now();
    const found = Promise.withResolvers<number>();
    const error = (message: unknown): void => {
      lines.push(String(message));
      found.resolve(clock.now() - begun);
    };
    const scrubber = new Scrubber({ store, bytesPerSecond: 2 ** 20, log: Object.assign(log, { error }), clock });
    scrubber.start();
    const tookMs = await found.promise;
    await scrubber.stop();
    const expectedMs = (bytes.length / 2 ** 20) * 1000;
    assert.ok(tookMs >= expectedMs - 200 && tookMs <= expectedMs + 200, `${tookMs} ms, ${expectedMs} expected`);
    assert.equal(lines.length, 1);
  });

  test('begins with what was written first, and goes on where it was when it was stopped', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image('x'), 'v1');
    await storeImage(store, 'b', image('y'), 'v1');
    const order = [...piecesOf(image('x')), ...piecesOf(image('y'))].map(({ digest }) => digest);
    await age(store, order);
    {
      await using first = scrubbing(store);
      first.scrubber.start();
      await first.look(4);
    }
    const { digest: done } = JSON.parse(await readFile(join(store.root, '_known/scrub'), 'utf8')) as {
      digest: Digest;
    };
    const at = order.indexOf(done);
    assert.ok(at >= 1 && at <= 4, `${at} of ${order.length} are done`);
    await rot(blobPath(store.pool, order[0]!));
    await rot(blobPath(store.pool, order[5]!));
    await age(store, order);
    await using second = scrubbing(store);
    second.scrubber.start();
    await second.look(5 - at);
    await eventually('the first bad one is told of', () => second.lines.length > 0);
    assert.deepEqual(
      second.lines.map((line) => line.split(' ')[3]),
      [order[5]],
    );
    await second.look(80);
    assert.deepEqual(
      second.lines.map((line) => line.split(' ')[3]),
      [order[5], order[0]],
    );
  });

  test('begins anew where its progress cannot be read', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image('x'), 'v1');
    await rot(blobPath(store.pool, image('x').config.digest));
    await using it = scrubbing(store);
    await mkdir(join(store.root, '_known'));
    await writeFile(join(store.root, '_known/scrub'), '{"writtenMs":"torn');
    it.scrubber.start();
    await it.look(10);
    assert.equal(it.lines.length, 1);
  });

  test('does not disturb who reads the blob at that moment', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image('x'), 'v1');
    const { digest, bytes } = image('x').layers[0]!;
    await rot(blobPath(store.pool, digest));
    const reader = await open(layoutBlobPath(store.layoutOf(repo('a')), digest));
    await using it = scrubbing(store);
    it.scrubber.start();
    await it.look(10);
    assert.equal(it.lines.length, 1);
    assert.equal((await reader.readFile()).length, bytes.length);
    await reader.close();
  });

  test('of an empty store waits for blobs to come', async () => {
    using store = new Store(tempFolder());
    await using it = scrubbing(store);
    it.scrubber.start();
    await it.clock.idle();
    await storeImage(store, 'a', image('x'), 'v1');
    await rot(blobPath(store.pool, image('x').config.digest));
    await it.look(60);
    assert.equal(it.lines.length, 1);
    assert.equal((await blobsIn(store.pool)).length, digestsOf(image('x')).length - 1);
  });
});

const cannotMount = missing(...MOUNTING_NEEDS) || (!canMount() && 'nothing can be mounted here');

test('a read-only folder is not scrubbed, which is said once', { skip: cannotMount }, async () => {
  const folder = tempFolder();
  {
    using store = new Store(folder);
    await storeImage(store, 'a', image('x'), 'v1');
  }
  using mounted = mountReadOnly(folder);
  using store = new Store(mounted.path);
  await using it = scrubbing(store);
  it.scrubber.start();
  await it.scrubber.stop();
  assert.deepEqual(it.lines, [`info: ${mounted.path} is read-only: it is not scrubbed, as nothing could be put aside`]);
});
