import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatRepository, type Repository } from '../../../api/oci/repository.ts';
import type { Reference, Tag } from '../../../api/oci/reference.ts';
import { evict } from '../../../api/prune/evict.ts';
import { LayoutIndex } from '../../../api/store/layout-index.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { Store } from '../../../api/store/store.ts';
import { repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, bytesOnDisk } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { piecesOf, tinyImage, tinyIndex, type TinyImage, type TinyIndex } from '../../support/tiny-image.ts';
import { keepImage } from '../keep/keep-image.ts';

const NOW = Date.now();
/** Distinct bytes that gzip cannot make small. */
const layer = (seed: number, bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => Math.imul((i + 1) * 2_654_435_761, seed + 77) >>> 24));
const BASES = [layer(1000, 2_000), layer(1001, 9_000)];
const REPOSITORIES = ['app', 'docker.io/library/app', 'quay.io/team/app'];

/** An image as it lies in a store, and how it came there. */
interface Stored {
  readonly name: string;
  readonly tag: string;
  readonly image: TinyImage | TinyIndex;
  readonly isCached: boolean;
  readonly isPinned: boolean;
  /** Milliseconds ago. */
  readonly fetched: number;
  readonly used: number | undefined;
}

const minutes = fc.integer({ min: 1, max: 500 }).map((n) => n * 60_000);
const stored = fc.record({
  name: fc.constantFrom(...REPOSITORIES),
  layers: fc.subarray([...BASES.keys()]),
  size: fc.integer({ min: 1, max: 6_000 }),
  isIndex: fc.boolean(),
  isCached: fc.nat(3).map((n) => n > 0),
  isPinned: fc.nat(4).map((n) => n === 0),
  fetched: minutes,
  used: fc.option(minutes, { nil: undefined }),
});

/** No two are of the same age, so that it is clear which goes first. */
const images = fc.array(stored, { minLength: 1, maxLength: 9 }).map((all) =>
  all.map(({ layers, size, isIndex, ...it }, i): Stored => {
    const seed = `image ${i}`;
    const image = tinyImage({ seed, layers: [...layers.map((base) => BASES[base]!), layer(i, size)] });
    const age = (ms: number): number => ms + i;
    return {
      ...it,
      tag: `v${i}`,
      image: isIndex ? tinyIndex([image]) : image,
      fetched: age(it.fetched),
      used: it.used === undefined ? undefined : age(it.used),
    };
  }),
);

const lastUse = ({ fetched, used = Infinity }: Stored): number => NOW - Math.min(fetched, used);

async function isThere(store: Store, { name, tag, image }: Stored): Promise<boolean> {
  const index = await LayoutIndex.read(store.layoutOf(repo(name)));
  return index.has(image.manifest.digest, tag as Tag);
}

async function requireWhole(store: Store, { name, image }: Stored): Promise<void> {
  for (const { digest, bytes } of piecesOf(image)) {
    const file = await stat(blobPath(join(store.layoutOf(repo(name)), 'blobs'), digest));
    assert.equal(file.size, bytes.length);
    assert.equal(file.ino, (await stat(blobPath(store.pool, digest))).ino);
  }
}

test('eviction goes by last use, ends at its mark or when nothing may go, and leaves whole what stays', async () => {
  await fc.assert(
    fc.asyncProperty(images, fc.integer({ min: 0, max: 100 }), async (all, percent) => {
      using store = new Store(tempFolder());
      const byName = new Map(all.map((it) => [`${it.name} ${it.tag}`, it]));
      for (const it of all) {
        const fetched = new Date(NOW - it.fetched);
        if (it.isCached) await keepImage(store, it.name, it.image, it.tag, { fetched });
        else await storeImage(store, it.name, it.image, it.tag, { fetched });
      }
      const maxBytes = Math.floor(((await bytesOnDisk(store.pool)) * percent) / 100);
      const lowBytes = Math.floor(maxBytes * 0.9);
      const lastUsed = (of: Repository, reference: Reference): number | undefined => {
        const used = byName.get(`${formatRepository(of)} ${reference}`)?.used;
        return used === undefined ? undefined : NOW - used;
      };
      const before = await bytesOnDisk(store.pool);
      const { signal } = new AbortController();
      const evicted = await evict(
        store,
        { maxBytes, lowBytes, missingBytes: 0 },
        {
          usage: { lastUsed },
          isPinned: ({ repository, tag }) => byName.get(`${repository} ${tag}`)?.isPinned === true,
          now: NOW,
          signal,
        },
      );

      const held = await bytesOnDisk(store.pool);
      assert.equal(evicted.freedBytes, before - held);
      const left: Stored[] = [];
      const gone: Stored[] = [];
      for (const it of all) ((await isThere(store, it)) ? left : gone).push(it);
      assert.equal(evicted.images, gone.length);
      for (const it of left) await requireWhole(store, it);

      const mayGo = (it: Stored): boolean => it.isCached && !it.isPinned;
      assert.deepEqual(
        gone.filter((it) => !mayGo(it)),
        [],
      );
      const evictable = left.filter(mayGo);
      if (before <= maxBytes) assert.deepEqual(gone, []);
      else assert.ok(held <= lowBytes || evictable.length === 0, `${held} held, ${lowBytes} allowed`);
      assert.equal(evicted.isExhausted, before > maxBytes && held > lowBytes);
      const oldestLeft = Math.min(...evictable.map(lastUse));
      assert.ok(gone.every((it) => lastUse(it) < oldestLeft));

      const needed = new Set(left.flatMap(({ image }) => piecesOf(image)).map(({ digest }) => digest));
      assert.deepEqual(new Set(await blobsIn(store.pool)), needed, 'what is left is needed, and nothing else is');
    }),
    { numRuns: 40 },
  );
});
