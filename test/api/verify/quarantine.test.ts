import assert from 'node:assert/strict';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { silentProgress } from '../../../api/progress.ts';
import { isUnknown } from '../../../api/oci/errors.ts';
import { splitDigest } from '../../../api/oci/digest.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { Store } from '../../../api/store/store.ts';
import { verify, type VerifyReport } from '../../../api/verify/verify.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { openFolder } from '../../support/open-folder.ts';
import { ref, repo } from '../../support/repository.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { writeArchive } from '../../support/write-archive.ts';
import { layoutBlobPath, writeOciLayout, writeSkopeoDir } from '../../support/write-images.ts';

const image = tinyImage();
const layer = image.layers[0]!.digest;
const hex = splitDigest(layer).encoded;

async function check(store: Store, mounts: readonly string[] = []): Promise<VerifyReport> {
  const known = await KnownDigests.open(undefined, keepingLog().log);
  const folders = [store.root, ...mounts].map((root) => ({ root, known }));
  return verify(store, folders, { quarantine: true, progress: silentProgress });
}

const placesOf = (store: Store, { bad }: VerifyReport): (readonly (string | undefined)[])[] =>
  bad.map(({ path, movedTo, stayed }) => [
    relative(store.root, path),
    movedTo === undefined ? undefined : relative(store.root, movedTo),
    stayed,
  ]);

const spoil = (path: string): Promise<void> => writeFile(path, 'spoiled');

describe('quarantine', () => {
  test('takes all names of a bad file out of pool and layouts, and keeps it with a note', async () => {
    using store = new Store(tempFolder());
    for (const name of ['a', 'b']) await storeImage(store, name, image, 'v1');
    await storeImage(store, 'c', tinyImage({ seed: 'other' }), 'v1');
    await spoil(blobPath(store.pool, layer));
    const report = await check(store);
    assert.deepEqual(placesOf(store, report), [[`a/blobs/sha256/${hex}`, `_quarantine/sha256-${hex}`, undefined]]);
    const left = await filesBelow(store.root);
    assert.deepEqual(
      left.filter((path) => path.includes(hex)),
      [`_quarantine/sha256-${hex}`, `_quarantine/sha256-${hex}.json`],
    );
    assert.equal((await stat(join(store.root, `_quarantine/sha256-${hex}`))).nlink, 1);
    assert.equal(await readFile(join(store.root, `_quarantine/sha256-${hex}`), 'utf8'), 'spoiled');
    const { at, ...note } = JSON.parse(
      await readFile(join(store.root, `_quarantine/sha256-${hex}.json`), 'utf8'),
    ) as Record<string, unknown>;
    assert.deepEqual(note, {
      paths: ['a', '_blobs', 'b'].map((it) => join(store.root, it, it === '_blobs' ? '' : 'blobs', 'sha256', hex)),
      expected: layer,
      found: { is: 'size', size: 7, expectedSize: image.layers[0]!.bytes.length },
      images: ['a:v1', 'b:v1'],
    });
    assert.match(String(at), /^\d{4}-\d\d-\d\dT/);
  });

  test('images without what was bad are not served, and whole again when it is brought in again', async () => {
    using store = new Store(tempFolder());
    for (const name of ['a', 'b']) await storeImage(store, name, image, 'v1');
    await spoil(layoutBlobPath(store.layoutOf(repo('a')), layer));
    await check(store);
    const { registry } = await openFolder(store.root);
    for (const name of ['a', 'b']) await assert.rejects(registry.getManifest(repo(name), ref('v1')), isUnknown);
    assert.deepEqual(
      (await check(store)).bad.map(({ found, images }) => [found.is, ...images]),
      [
        ['missing', 'a:v1'],
        ['missing', 'b:v1'],
      ],
    );
    for (const name of ['a', 'b']) await storeImage(store, name, image, 'v1');
    for (const name of ['a', 'b']) assert.ok(await registry.getManifest(repo(name), ref('v1')));
    assert.deepEqual((await check(store)).bad, []);
    assert.deepEqual(await blobsIn(store.pool), digestsOf(image));
  });

  test('takes what is bad a second time as well', async () => {
    using store = new Store(tempFolder());
    for (const suffix of ['', '-2']) {
      await storeImage(store, 'a', image, 'v1');
      await spoil(blobPath(store.pool, layer));
      assert.deepEqual(
        (await check(store)).bad.map(({ movedTo }) => movedTo),
        [join(store.root, `_quarantine/sha256-${hex}${suffix}`)],
      );
    }
  });

  test('takes bad files of other formats in the folder, and through a link the file itself', async () => {
    using store = new Store(tempFolder());
    await writeSkopeoDir(join(store.root, 'real/v1'), image);
    await symlink('real', join(store.root, 'link'));
    await spoil(join(store.root, 'real/v1', hex));
    assert.deepEqual(placesOf(store, await check(store)), [[`link/v1/${hex}`, `_quarantine/sha256-${hex}`, undefined]]);
    assert.ok(!(await filesBelow(store.root)).includes(`real/v1/${hex}`));
  });

  test('leaves what is in an archive or on a mount where it is, and says so', async () => {
    using store = new Store(tempFolder());
    const mount = tempFolder();
    await writeSkopeoDir(join(mount, 'app/v1'), image);
    await spoil(join(mount, 'app/v1', hex));
    const source = tempFolder();
    await writeOciLayout(source, [{ image, tag: 'v1' }]);
    await spoil(layoutBlobPath(source, layer));
    await writeArchive(join(store.root, 'bundle.tar'), source);
    const before = await filesBelow(mount);
    assert.deepEqual(
      (await check(store, [mount])).bad.map(({ path, movedTo, stayed }) => [path, movedTo, stayed]).sort(),
      [
        [join(store.root, `bundle.tar/blobs/sha256/${hex}`), undefined, 'it lies in an archive'],
        [join(mount, `app/v1/${hex}`), undefined, 'it lies on a mount'],
      ].sort(),
    );
    assert.deepEqual(await filesBelow(mount), before);
    assert.ok(!(await filesBelow(store.root)).some((path) => path.startsWith('_quarantine')));
  });

  test('leaves what is missing, and what nobody knows', async () => {
    using store = new Store(tempFolder());
    await storeImage(store, 'a', image, 'v1', { without: image.layers });
    await writeSkopeoDir(join(store.root, 'dir/v1'), image);
    await spoil(join(store.root, 'dir/v1/manifest.json'));
    assert.deepEqual(placesOf(store, await check(store)), [
      [`a/blobs/sha256/${hex}`, undefined, undefined],
      ['dir/v1', undefined, 'nobody knows what should be there'],
    ]);
  });
});
