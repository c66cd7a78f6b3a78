import assert from 'node:assert/strict';
import { link, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import type { Entry } from '../../../api/store/layout-index.ts';
import { removeTags } from '../../../api/prune/removal.ts';
import { Store } from '../../../api/store/store.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, digestsOf, filesBelow, linksOf } from '../../support/stored-blobs.ts';
import { repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, tinyImage, tinyIndex, type TinyImage } from '../../support/tiny-image.ts';
import { layoutBlobPath, write, writeLayoutBlob, writeOciLayout } from '../../support/write-images.ts';

const APP = repo('team/app');
const tagged =
  (...tags: readonly string[]) =>
  ({ tag }: Entry): boolean =>
    tag !== undefined && tags.includes(tag);

const shared = layerOf('shared');
const a = tinyImage({ seed: 'a', layers: [shared, layerOf('a')] });
const b = tinyImage({ seed: 'b', layers: [shared, layerOf('b')] });
const index = tinyIndex([a, tinyImage({ seed: 'arm', architecture: 'arm64' })]);
const refersTo = (subject: TinyImage, seed: string): TinyImage =>
  tinyImage({ seed, more: { artifactType: 'application/x', subject: descriptorOf(subject.manifest) } });

function open(): { store: Store; app: string; tags: () => Promise<(string | undefined)[]> } {
  const store = new Store(join(tempFolder(), 'images'));
  const app = store.layoutOf(APP);
  const tags = async (): Promise<(string | undefined)[]> => {
    const { manifests } = JSON.parse(await readFile(join(app, 'index.json'), 'utf8')) as {
      manifests: { annotations?: Record<string, string> }[];
    };
    return manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']);
  };
  return { store, app, tags };
}

describe('removing tags', () => {
  test('takes the blobs that nothing else needs out of layout and pool', async () => {
    using stack = new DisposableStack();
    const { store, app, tags } = open();
    stack.use(store);
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'team/app', b, 'b');
    const removed = await removeTags(store, APP, tagged('a'));
    assert.deepEqual(
      removed.map(({ tag, digest }) => [tag, digest]),
      [['a', a.manifest.digest]],
    );
    assert.deepEqual(await tags(), ['b']);
    assert.deepEqual(await blobsIn(join(app, 'blobs')), digestsOf(b));
    assert.deepEqual(await blobsIn(store.pool), digestsOf(b));
    assert.deepEqual(new Set((await linksOf(store)).values()), new Set([2]));
  });

  for (const { name, first, second, kept } of [
    { name: 'another tag leads to', first: a, second: a, kept: digestsOf(a) },
    { name: 'a kept index names', first: a, second: index, kept: digestsOf(index) },
    { name: 'an index that goes shares with a kept image', first: index, second: a, kept: digestsOf(a) },
    {
      name: 'a kept index of indexes names',
      first: a,
      second: { manifest: nested(index), children: [] },
      kept: [...digestsOf(index), nested(index).digest].sort(),
    },
  ]) {
    test(`keeps what ${name}`, async () => {
      const { store, app } = open();
      using _ = store;
      await storeImage(store, 'team/app', index, 'inner');
      await storeImage(store, 'team/app', first, 'first');
      await storeImage(store, 'team/app', second, 'second');
      await removeTags(store, APP, tagged('first', 'inner'));
      assert.deepEqual(await blobsIn(join(app, 'blobs')), kept);
      assert.deepEqual(await blobsIn(store.pool), kept);
    });
  }

  test('keeps in the pool what another repository has', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'other', a, 'a');
    await removeTags(store, APP, tagged('a'));
    assert.deepEqual(await blobsIn(store.pool), digestsOf(a));
    assert.deepEqual(await blobsIn(join(store.root, 'other/blobs')), digestsOf(a));
    assert.deepEqual(new Set((await linksOf(store)).values()), new Set([2]));
  });

  test('keeps referrers whose subject stays, and takes those whose subject goes, with theirs', async () => {
    const { store, app, tags } = open();
    using _ = store;
    const ofA = refersTo(a, 'of a');
    const ofThat = refersTo(ofA, 'of that');
    const ofB = refersTo(b, 'of b');
    await storeImage(store, 'team/app', a, 'a', { referrers: [ofA, ofThat] });
    await storeImage(store, 'team/app', b, 'b', { referrers: [ofB] });
    const removed = await removeTags(store, APP, tagged('a'));
    assert.deepEqual(
      new Map(removed.map(({ digest, isReferrer }) => [digest, isReferrer])),
      new Map([
        [a.manifest.digest, false],
        [ofA.manifest.digest, true],
        [ofThat.manifest.digest, true],
      ]),
    );
    assert.deepEqual(await tags(), [undefined, 'b']);
    assert.deepEqual(await blobsIn(join(app, 'blobs')), digestsOf(b, ofB));
    assert.deepEqual(await blobsIn(store.pool), digestsOf(b, ofB));
  });

  test('keeps a manifest with a subject that was never here: somebody wanted it', async () => {
    const { store, tags } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'team/app', refersTo(b, 'of b'));
    await removeTags(store, APP, tagged('a'));
    assert.deepEqual(await tags(), [undefined]);
  });

  test('keeps a referrer of a child as long as one index with the child stays', async () => {
    const { store, app } = open();
    using _ = store;
    const ofA = refersTo(a, 'of a');
    await storeImage(store, 'team/app', index, 'index', { referrers: [ofA] });
    await storeImage(store, 'team/app', a, 'a');
    await removeTags(store, APP, tagged('a'));
    assert.deepEqual(await blobsIn(join(app, 'blobs')), digestsOf(index, ofA));
    await removeTags(store, APP, tagged('index'));
    assert.deepEqual(await filesBelow(store.root).then(withoutOwn), []);
  });

  test('removes a layout that is empty, and the directories above it, not those of others', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'team/sub/app', a, 'a');
    await storeImage(store, 'team/other', b, 'b');
    await removeTags(store, repo('team/sub/app'), tagged('a'));
    const left = await filesBelow(store.root).then(withoutOwn);
    assert.deepEqual(
      left.filter((path) => !path.includes('blobs')),
      ['team', 'team/other', 'team/other/index.json', 'team/other/oci-layout'],
    );
  });

  test('leaves a repository below, and a file of somebody, where they are', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'team', a, 'a');
    await storeImage(store, 'team/app', b, 'b');
    await write(join(store.root, 'team/README'), 'mine');
    await removeTags(store, repo('team'), tagged('a'));
    const left = await filesBelow(store.root).then(withoutOwn);
    assert.deepEqual(
      left.filter((path) => !path.includes('app/')),
      ['team', 'team/README', 'team/app'],
    );
  });

  test('a dry run tells the same and changes nothing', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a', { referrers: [refersTo(a, 'of a')] });
    const before = await filesBelow(store.root);
    const told = await removeTags(store, APP, tagged('a'), { dryRun: true });
    assert.deepEqual(await filesBelow(store.root), before);
    assert.deepEqual(await removeTags(store, APP, tagged('a')), told);
    assert.equal(told.length, 2);
  });

  test('an unknown repository, and one without a match, are no error', async () => {
    const { store, tags } = open();
    using _ = store;
    assert.deepEqual(await removeTags(store, APP, () => true), []);
    await storeImage(store, 'team/app', a, 'a');
    assert.deepEqual(await removeTags(store, APP, tagged('b')), []);
    assert.deepEqual(await tags(), ['a']);
  });
});

describe('a layout that somebody else writes to as well', () => {
  test('loses none of their entries, nor files that are not ours', async () => {
    const { store, app, tags } = open();
    using _ = store;
    const theirs = tinyImage({ seed: 'theirs', layers: [shared] });
    await writeOciLayout(app, [{ image: theirs, tag: 'theirs' }]);
    const layer = b.layers[1]!;
    await writeLayoutBlob(app, layer);
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'team/app', b, 'b');
    const removed = await removeTags(store, APP, () => true);
    assert.deepEqual(
      removed.map(({ tag }) => tag),
      ['a', 'b'],
    );
    assert.deepEqual(await tags(), ['theirs']);
    assert.deepEqual(await blobsIn(join(app, 'blobs')), [...digestsOf(theirs), layer.digest].sort());
  });

  test('which a link leads to is left alone', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'other', a, 'a');
    await mkdir(join(store.root, 'team'));
    await symlink('../other', join(store.root, 'team/app'));
    await assert.rejects(
      removeTags(store, APP, () => true),
      /a symbolic link leads there, so nothing is removed/,
    );
    assert.deepEqual(await blobsIn(store.pool), digestsOf(a));
  });
});

describe('what cannot be known', () => {
  test('blobs stay beside a kept manifest that is damaged, until it is put right', async () => {
    const { store, app, tags } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'team/app', b, 'b');
    const before = await blobsIn(store.pool);
    const manifest = layoutBlobPath(app, b.manifest.digest);
    await rm(manifest);
    await writeFile(manifest, 'damaged');
    await removeTags(store, APP, tagged('a'));
    assert.deepEqual(await tags(), ['b']);
    assert.deepEqual(await blobsIn(store.pool), before);
  });

  test('a blob that somebody linked elsewhere stays in the pool', async () => {
    const { store } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a');
    const layer = a.layers[0]!.digest;
    await link(join(store.pool, ...layer.split(':')), join(dirname(store.root), 'backup'));
    await removeTags(store, APP, () => true);
    assert.deepEqual(await blobsIn(store.pool), [layer]);
  });

  test('without links a blob stays in the pool as long as a layout has a copy', async () => {
    const { store, app } = open();
    using _ = store;
    await storeImage(store, 'team/app', a, 'a');
    await storeImage(store, 'other', a, 'a');
    for (const layout of [app, join(store.root, 'other')]) {
      for (const digest of digestsOf(a)) await copyInPlace(layoutBlobPath(layout, digest));
    }
    await removeTags(store, APP, () => true);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(a));
    await removeTags(store, repo('other'), () => true);
    assert.deepEqual(await blobsIn(store.pool), []);
    assert.deepEqual(await filesBelow(store.root).then(withoutOwn), []);
  });
});

async function copyInPlace(path: string): Promise<void> {
  const bytes = await readFile(path);
  await rm(path);
  await writeFile(path, bytes);
}

function nested(inner: { manifest: typeof index.manifest }): typeof index.manifest {
  return tinyIndex([{ manifest: inner.manifest, config: a.config, layers: [] }]).manifest;
}

/** What lies outside our own folders. */
const withoutOwn = (paths: readonly string[]): string[] => paths.filter((path) => !path.startsWith('_'));
