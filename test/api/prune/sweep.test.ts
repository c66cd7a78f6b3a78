import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { link, mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { identityOf } from '../../../api/folder/file-identity.ts';
import { unpackedName } from '../../../api/folder/unpacker.ts';
import { prune, type PruneReport } from '../../../api/prune/prune.ts';
import type { Usage } from '../../../api/prune/prune-candidates.ts';
import { Store } from '../../../api/store/store.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, tinyImage, type TinyImage } from '../../support/tiny-image.ts';
import { layoutBlobPath, write, writeLayoutBlob, writeOciLayout, writeSkopeoDir } from '../../support/write-images.ts';

const HOUR = 3_600_000;
const unused: Usage = { lastUsed: () => undefined };
const image = (seed: string): TinyImage => tinyImage({ seed });

/** As if it was done so much later. */
async function sweep(
  store: Store,
  afterMs = 2 * HOUR,
  usage = unused,
  mounts: readonly string[] = [],
): Promise<PruneReport> {
  const options = { usage, now: Date.now() + afterMs, mounts };
  const before = await filesBelow(store.root);
  const told = await prune(store, { unreferenced: true }, { ...options, dryRun: true });
  assert.deepEqual(await filesBelow(store.root), before, 'a dry run touches nothing');
  const report = await prune(store, { unreferenced: true }, { ...options, dryRun: false });
  assert.deepEqual(report, told, 'a dry run tells what would go');
  return report;
}

const swept = (store: Store, { files }: PruneReport): (readonly [string, string])[] =>
  files.map(({ path, reason }) => [relative(store.root, path), reason] as const);

const open = (): Store => new Store(join(tempFolder(), 'images'));

describe('sweeping', () => {
  test('removes what lost its tag, once nobody can be in the middle of it', async () => {
    using store = open();
    await storeImage(store, 'app', image('old'), 'v1');
    await storeImage(store, 'app', image('new'), 'v1');
    assert.deepEqual((await sweep(store, HOUR / 2)).images, []);
    const { digest } = image('old').manifest;
    const pulled: Usage = { lastUsed: (_, reference) => (reference === digest ? Date.now() + HOUR * 1.5 : undefined) };
    assert.deepEqual((await sweep(store, 2 * HOUR, pulled)).images, []);
    const report = await sweep(store);
    assert.deepEqual(
      report.images.map((it) => [it.repository, it.tag, it.digest, it.reasons]),
      [['app', undefined, digest, ['replaced']]],
    );
    assert.deepEqual(report.files, []);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('new')));
  });

  test('keeps what somebody asked for by digest, and a referrer of what is not here', async () => {
    using store = open();
    await storeImage(store, 'app', image('wanted'));
    await storeImage(store, 'app', tinyImage({ seed: 'sig', more: { subject: descriptorOf(image('x').manifest) } }));
    const before = await filesBelow(store.root);
    await sweep(store);
    assert.deepEqual(await filesBelow(store.root), before);
  });

  test('removes blobs that no image has, once no load can be about to use them', async () => {
    using store = open();
    await storeImage(store, 'app', image('kept'), 'v1');
    const { digest, bytes } = image('orphan').layers[0]!;
    {
      await using work = await store.begin();
      await work.put({ digest, size: bytes.length }, () => Promise.resolve([bytes]));
    }
    assert.deepEqual((await sweep(store, HOUR / 2)).files, []);
    const report = await sweep(store);
    assert.deepEqual(report.files, [
      { path: join(store.pool, ...digest.split(':')), digest, size: bytes.length, reason: 'unreferenced' },
    ]);
    assert.equal(report.freedBytes, bytes.length);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image('kept')));
  });

  test('removes the work of a load that died, with what it left in the pool, and no other', async () => {
    using store = open();
    const { digest, bytes } = image('orphan').layers[0]!;
    const work = await store.begin();
    await work.put({ digest, size: bytes.length }, () => Promise.resolve([bytes]));
    await writeFile(join(work.folder, randomUUID()), 'half');
    assert.deepEqual((await sweep(store, HOUR / 2)).files, []);
    const report = await sweep(store);
    assert.deepEqual(swept(store, report), [
      [relative(store.root, work.folder), 'abandoned'],
      [join('_blobs', ...digest.split(':')), 'unreferenced'],
    ]);
    assert.equal(report.freedBytes, bytes.length + 4);
    assert.deepEqual(await filesBelow(join(store.root, '_fills')), []);
  });

  test('removes temporaries, wherever a process that died left them', async () => {
    using store = open();
    await storeImage(store, 'app', image('kept'), 'v1');
    const temporaries = [
      `app/.tmp-${randomUUID()}`,
      `app/blobs/sha256/.tmp-${randomUUID()}`,
      `half/made/.tmp-${randomUUID()}`,
      `_blobs/sha256/.tmp-${randomUUID()}`,
      `_known/digests.${randomUUID()}`,
      `_known/.tmp-${randomUUID()}`,
      `_unpacked/.${randomUUID()}`,
    ];
    const others = ['app/.hidden', 'half/file', '_known/digests', '_quarantine/sha256-ab'];
    for (const path of [...temporaries, ...others]) await write(join(store.root, path), 'half');
    assert.deepEqual((await sweep(store, HOUR / 2)).files, []);
    const report = await sweep(store);
    assert.deepEqual(
      swept(store, report)
        .map(([path]) => path)
        .sort(),
      temporaries.sort(),
    );
    const left = await filesBelow(store.root);
    assert.deepEqual(
      left.filter((path) => /\.tmp-|half\/made/.test(path)),
      [],
    );
    for (const path of others) assert.ok(left.includes(path), path);
  });

  test('removes a layout that a load did not come to name anything in', async () => {
    using store = open();
    await storeImage(store, 'app', image('kept'), 'v1');
    await write(join(store.root, 'team/died/oci-layout'), { imageLayoutVersion: '1.0.0' });
    const { digest } = image('kept').layers[0]!;
    const path = layoutBlobPath(join(store.root, 'team/died'), digest);
    await mkdir(dirname(path), { recursive: true });
    await link(join(store.pool, ...digest.split(':')), path);
    assert.deepEqual(swept(store, await sweep(store)), [[relative(store.root, path), 'stray']]);
    assert.deepEqual(
      (await filesBelow(store.root)).filter((it) => it.startsWith('team')),
      [],
    );
  });

  test('removes unpacked copies of archives that are gone', async () => {
    using store = open();
    const mount = tempFolder();
    const copyOf = async (archive: string): Promise<string> => {
      await write(archive, 'packed');
      const name = `_unpacked/${unpackedName(identityOf(await stat(archive, { bigint: true })))}`;
      await write(join(store.root, name), 'unpacked');
      return name;
    };
    const kept = [
      await copyOf(join(store.root, 'team/bundle.tar.gz')),
      await copyOf(join(mount, 'there.tgz')),
      // On a file system that is not here now.
      '_unpacked/9999999-1-2-3.tar',
    ];
    await write(join(store.root, kept[2]!), 'unpacked');
    const gone = await copyOf(join(store.root, 'team/gone.tar.zst'));
    await rm(join(store.root, 'team/gone.tar.zst'));
    assert.deepEqual((await sweep(store, HOUR / 2, unused, [mount])).files, []);
    assert.deepEqual(swept(store, await sweep(store, 2 * HOUR, unused, [mount])), [[gone, 'unpacked']]);
    const left = await filesBelow(store.root);
    for (const path of kept) assert.ok(left.includes(path), path);
  });

  test('removes from a layout of ours what nothing in it needs', async () => {
    using store = open();
    await storeImage(store, 'app', image('kept'), 'v1');
    const stray = image('stray').layers[0]!;
    await writeLayoutBlob(join(store.root, 'app'), stray);
    assert.deepEqual((await sweep(store, HOUR / 2)).files, []);
    assert.deepEqual(swept(store, await sweep(store)), [
      [relative(store.root, layoutBlobPath(join(store.root, 'app'), stray.digest)), 'stray'],
    ]);
  });

  test('leaves what somebody may be copying into a layout of ours', async () => {
    using store = open();
    await storeImage(store, 'app', image('kept'), 'v1');
    const app = join(store.root, 'app');
    await writeLayoutBlob(app, image('coming').layers[0]!);
    const still = join(app, 'blobs/sha256/oci-put-blob123');
    await write(still, 'it comes');
    const later = new Date(Date.now() + 1.5 * HOUR);
    await utimes(still, later, later);
    assert.deepEqual((await sweep(store)).files, []);
    assert.deepEqual(swept(store, await sweep(store, 3 * HOUR)), [
      [relative(store.root, layoutBlobPath(app, image('coming').layers[0]!.digest)), 'stray'],
    ]);
  });

  test('touches nothing that a person put there', async () => {
    using store = open();
    await storeImage(store, 'shared', image('ours'), 'v1');
    await writeOciLayout(join(store.root, 'theirs'), [{ image: image('theirs'), tag: 'v1' }]);
    await writeLayoutBlob(join(store.root, 'theirs'), image('loose').layers[0]!);
    await writeOciLayout(join(store.root, 'shared/below'), []);
    await writeLayoutBlob(join(store.root, 'shared/below'), image('loose').layers[0]!);
    await writeSkopeoDir(join(store.root, 'dir/v1'), image('dir'));
    await write(join(store.root, 'dir/bundle.tar'), 'an archive');
    await write(join(store.root, 'empty/folder/file'), 'x');
    const files = async () => (await filesBelow(store.root)).filter((path) => !path.startsWith('_locks'));
    const before = await files();
    assert.deepEqual((await sweep(store)).files, []);
    assert.deepEqual(await files(), before);
  });

  test('takes a layout that a person writes to as well for shared', async () => {
    using store = open();
    const app = join(store.root, 'app');
    await writeOciLayout(app, [{ image: image('theirs'), tag: 'theirs' }]);
    await writeLayoutBlob(app, image('loose').layers[0]!);
    await storeImage(store, 'app', image('ours'), 'v1');
    const pooled = image('elsewhere').layers[0]!;
    await storeImage(store, 'other', image('elsewhere'), 'v1');
    await link(join(store.pool, ...pooled.digest.split(':')), layoutBlobPath(app, pooled.digest));
    assert.deepEqual(swept(store, await sweep(store)), [
      [relative(store.root, layoutBlobPath(app, pooled.digest)), 'stray'],
    ]);
  });
});
