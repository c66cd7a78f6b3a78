import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import type { FolderOptions } from '../../../api/folder/folder.ts';
import { identityOf } from '../../../api/folder/file-identity.ts';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { silentProgress } from '../../../api/progress.ts';
import { digestOf, splitDigest, type Digest } from '../../../api/oci/digest.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { Store } from '../../../api/store/store.ts';
import { verify, type VerifyOptions, type VerifyReport } from '../../../api/verify/verify.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { storeImage } from '../../support/store-image.ts';
import { bytesOnDisk } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, piecesOf, tinyImage, tinyIndex, type Piece } from '../../support/tiny-image.ts';
import { writeArchive } from '../../support/write-archive.ts';
import {
  layoutBlobPath,
  write,
  writeCraneFolder,
  writeDockerSaveFolder,
  writeOciLayout,
  writeSkopeoDir,
} from '../../support/write-images.ts';

const image = tinyImage({ layers: [layerOf('one'), layerOf('large', 3_000_000)] });
const arm = tinyImage({ seed: 'arm', architecture: 'arm64' });
const index = tinyIndex([image, arm]);
const hexOf = ({ digest }: Piece): string => splitDigest(digest).encoded;

interface Folder {
  readonly root: string;
  readonly store: Store;
  readonly known: KnownDigests;
  readonly folders: readonly FolderOptions[];
  readonly check: (options?: Partial<VerifyOptions>) => Promise<VerifyReport>;
  readonly lines: string[];
}

async function open(mounts: readonly { root: string; prefix: string }[] = []): Promise<Folder> {
  const root = join(tempFolder(), 'images');
  await mkdir(root);
  const known = await KnownDigests.open(join(root, '_known'), keepingLog().log);
  const unpacked = join(root, '_unpacked');
  const folders = [{ root, known, unpacked }, ...mounts.map((mount) => ({ ...mount, known, unpacked }))];
  const store = new Store(root);
  const lines: string[] = [];
  const progress = { ...silentProgress, finished: (line: string) => void lines.push(line) };
  const check = (options: Partial<VerifyOptions> = {}): Promise<VerifyReport> =>
    verify(store, folders, { quarantine: false, progress, ...options });
  return { root, store, known, folders, check, lines };
}

/** What is bad, by the path in the folder. */
const badIn = (
  { root }: Folder,
  { bad }: VerifyReport,
): Record<string, readonly [unknown, Digest | undefined, ...string[]]> =>
  Object.fromEntries(
    bad.map(({ path, expected, found, images }) => [relative(root, path), [found, expected, ...images]]),
  );

/** Changes a byte, and nothing that one sees from outside. */
async function rot(path: string): Promise<Digest> {
  const before = await stat(path);
  const bytes = await readFile(path);
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes[at]! ^ 1, at);
  await writeFile(path, bytes);
  await utimes(path, before.atime, before.mtime);
  return digestOf(bytes);
}

/** As long ago as makes it settled, and to the millisecond. */
async function age(path: string): Promise<void> {
  const then = new Date(Date.now() - 60_000);
  await utimes(path, then, then);
}

describe('verifying', () => {
  test('finds nothing wrong with any format, and counts what it read', async () => {
    const mount = tempFolder();
    await writeSkopeoDir(join(mount, 'app/v1'), arm);
    const folder = await open([{ root: mount, prefix: 'iso' }]);
    const { root, store } = folder;
    const signature = tinyImage({ seed: 'sig', more: { subject: descriptorOf(index.manifest) } });
    const sha512 = tinyImage({ algorithm: 'sha512' });
    await storeImage(store, 'stored', index, 'v1', { referrers: [signature] });
    await storeImage(store, 'digest', sha512);
    await writeOciLayout(join(root, 'layout'), [{ image, tag: 'v1' }]);
    await writeOciLayout(join(root, 'layout-of/one'), [{ image }]);
    await writeSkopeoDir(join(root, 'skopeo/v1'), index);
    await writeCraneFolder(join(root, 'crane/v1'), tinyImage({ docker: true }));
    await writeDockerSaveFolder(join(root, 'docker/v1'), tinyImage({ docker: true }));
    for (const file of ['plain.tar', 'packed.tar.gz']) {
      const source = tempFolder();
      await writeDockerSaveFolder(source, tinyImage({ docker: true, seed: file }), `archive/${file}:v1`);
      await writeArchive(join(root, file), source);
      await age(join(root, file));
    }
    await write(join(root, 'notes/readme.txt'), 'not an image');
    const report = await folder.check();
    assert.deepEqual(report.bad, []);
    const told = folder.lines.map((line) => line.replace(/^good +/, '')).sort();
    assert.deepEqual(told, [
      'archive/packed.tar.gz:v1',
      'archive/plain.tar:v1',
      'crane:v1',
      `digest@${sha512.manifest.digest}`,
      'docker:v1',
      'iso/app:v1',
      'layout-of:one',
      'layout:v1',
      'skopeo:v1',
      'stored:v1',
      `stored@${signature.manifest.digest}`,
    ]);
    assert.equal(report.images, folder.lines.length);
  });

  test('reads each file once, however many names it has', async () => {
    const folder = await open();
    for (const name of ['a', 'b', 'c']) await storeImage(folder.store, name, image, 'v1');
    const { files, bytes } = await folder.check();
    assert.equal(files, piecesOf(image).length);
    assert.equal(bytes, await bytesOnDisk(folder.store.pool));
  });

  test('does not believe what is remembered, and remembers what it found', async () => {
    const folder = await open();
    const { root, known } = folder;
    await writeOciLayout(join(root, 'app'), [{ image, tag: 'v1' }]);
    const path = layoutBlobPath(join(root, 'app'), image.layers[1]!.digest);
    await age(path);
    const identity = identityOf(await stat(path, { bigint: true }));
    known.set(identity, image.layers[1]!.digest);
    const actual = await rot(path);
    assert.equal(identityOf(await stat(path, { bigint: true })), identity);
    assert.equal((await folder.check()).bad.length, 1);
    assert.equal(known.get(identity, 'sha256'), actual);
    const next = await KnownDigests.open(join(root, '_known'), keepingLog().log);
    assert.equal(next.get(identity, 'sha256'), actual);
  });

  for (const { name, harm, found } of [
    { name: 'other content', harm: rot, found: (digest: unknown) => ({ is: 'other', digest }) },
    {
      name: 'another size',
      harm: (path: string) => truncate(path, 30),
      found: (_: unknown, { bytes }: Piece) => ({ is: 'size', size: 30, expectedSize: bytes.length }),
    },
    { name: 'nothing', harm: (path: string) => rm(path), found: () => ({ is: 'missing' }) },
    {
      name: 'no file',
      harm: async (path: string) => {
        await rm(path);
        await mkdir(path);
      },
      found: () => ({ is: 'missing' }),
    },
  ]) {
    for (const { what, piece } of [
      { what: 'a layer', piece: image.layers[0]! },
      { what: 'a large layer', piece: image.layers[1]! },
      { what: 'a config', piece: image.config },
    ]) {
      test(`finds ${name} in place of ${what}, in a layout and in a skopeo dir`, async () => {
        const folder = await open();
        const { root } = folder;
        await writeOciLayout(join(root, 'app'), [
          { image, tag: 'v1' },
          { image: index, tag: 'v2' },
        ]);
        await writeSkopeoDir(join(root, 'dir/v1'), image);
        const paths = [layoutBlobPath(join(root, 'app'), piece.digest), join(root, 'dir/v1', hexOf(piece))];
        const is = found(await harm(paths[0]!), piece);
        await harm(paths[1]!);
        const missingInDir = relative(root, is.is === 'missing' ? join(root, 'dir/v1') : paths[1]!);
        assert.deepEqual(badIn(folder, await folder.check()), {
          [relative(root, paths[0]!)]: [is, piece.digest, 'app:v1', 'app:v2'],
          [missingInDir]: [is, piece.digest, 'dir:v1'],
        });
      });
    }
  }

  test('finds a manifest that is damaged, and one that is missing', async () => {
    const folder = await open();
    const { root } = folder;
    await writeOciLayout(join(root, 'app'), [
      { image: index, tag: 'index' },
      { image: tinyImage({ seed: 'gone' }), tag: 'gone' },
    ]);
    const child = layoutBlobPath(join(root, 'app'), arm.manifest.digest);
    const digest = await rot(child);
    const gone = layoutBlobPath(join(root, 'app'), tinyImage({ seed: 'gone' }).manifest.digest);
    await rm(gone);
    await writeSkopeoDir(join(root, 'dir/v1'), index);
    const inDir = join(root, 'dir/v1', `${hexOf(arm.manifest)}.manifest.json`);
    await rot(inDir);
    assert.deepEqual(badIn(folder, await folder.check()), {
      [relative(root, child)]: [{ is: 'other', digest }, arm.manifest.digest, 'app:index'],
      [relative(root, gone)]: [{ is: 'missing' }, tinyImage({ seed: 'gone' }).manifest.digest, 'app:gone'],
      [relative(root, inDir)]: [{ is: 'other', digest }, arm.manifest.digest, 'dir:v1'],
    });
  });

  test('takes a sparse index, and a layer that may be missing, for whole', async () => {
    const folder = await open();
    const foreign = { ...image.layers[0]!, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' };
    const windows = tinyImage({
      more: { layers: [{ ...descriptorOf(foreign) }] },
    });
    await storeImage(folder.store, 'sparse', index, 'v1', { without: piecesOf(arm) });
    await storeImage(folder.store, 'windows', { ...windows, layers: [] }, 'v1');
    assert.deepEqual((await folder.check()).bad, []);
  });

  test('finds what is damaged in archives and folders of docker save', async () => {
    const folder = await open();
    const { root } = folder;
    const saved = tinyImage({ docker: true });
    const source = tempFolder();
    await writeCraneFolder(source, saved, 'archive/app:v1');
    const digest = await rot(join(source, saved.config.digest));
    await writeArchive(join(root, 'bundle.tar'), source);
    await writeOciLayout(join(tempFolder(), 'x'), []);
    const layout = tempFolder();
    await writeOciLayout(layout, [{ image, tag: 'v1' }]);
    const actual = await rot(layoutBlobPath(layout, image.layers[1]!.digest));
    await writeArchive(join(root, 'app.tar'), layout);
    await writeDockerSaveFolder(join(root, 'old/v1'), saved);
    await rot(join(root, 'old/v1', hexOf(saved.config).concat('.json')));
    assert.deepEqual(badIn(folder, await folder.check()), {
      [`bundle.tar/${saved.config.digest}`]: [{ is: 'other', digest }, saved.config.digest, 'archive/app'],
      [`app.tar/blobs/sha256/${hexOf(image.layers[1]!)}`]: [
        { is: 'other', digest: actual },
        image.layers[1]!.digest,
        'app:v1',
      ],
      [`old/v1/${hexOf(saved.config)}.json`]: [{ is: 'other', digest }, saved.config.digest, 'old:v1'],
    });
  });

  test('finds an archive that is cut, and what is no image where one should be', async () => {
    const folder = await open();
    const { root } = folder;
    const source = tempFolder();
    await writeOciLayout(source, [{ image, tag: 'v1' }]);
    await writeArchive(join(root, 'cut.tar'), source);
    await truncate(join(root, 'cut.tar'), 700);
    await age(join(root, 'cut.tar'));
    await writeSkopeoDir(join(root, 'dir/v1'), image);
    await truncate(join(root, 'dir/v1/manifest.json'), 20);
    await writeOciLayout(join(root, 'layout'), [{ image, tag: 'v1' }]);
    await truncate(join(root, 'layout/index.json'), 20);
    const { bad } = await folder.check();
    assert.deepEqual(
      bad.map(({ path, found, images }) => [relative(root, path), found.is, ...images]),
      [
        ['cut.tar', 'invalid'],
        ['dir/v1', 'invalid', 'dir:v1'],
        ['layout', 'invalid', 'layout'],
      ],
    );
  });

  test('finds damaged blobs that no image has', async () => {
    const folder = await open();
    const { store } = folder;
    const { digest, bytes } = image.layers[1]!;
    {
      await using work = await store.begin();
      await work.put({ digest, size: bytes.length }, () => Promise.resolve([bytes]));
    }
    const actual = await rot(blobPath(store.pool, digest));
    const expected = { [`_blobs/sha256/${hexOf(image.layers[1]!)}`]: [{ is: 'other', digest: actual }, digest] };
    assert.deepEqual(badIn(folder, await folder.check()), expected);
    assert.deepEqual(badIn(folder, await folder.check({ matches: () => true })), {});
  });

  test('does not miss what is removed while it looks', async () => {
    const folder = await open();
    const app = join(folder.root, 'app');
    await writeOciLayout(app, [
      { image, tag: 'stays' },
      { image: arm, tag: 'goes' },
    ]);
    let looks = 0;
    const report = await folder.check({
      // Called between the reading of the index and of the blobs.
      matches: ({ tag }) => {
        if (tag === 'goes' && looks++ === 0) {
          const { manifests } = JSON.parse(readFileSync(join(app, 'index.json'), 'utf8')) as { manifests: object[] };
          writeFileSync(
            join(app, 'index.json'),
            JSON.stringify({ schemaVersion: 2, manifests: manifests.slice(0, 1) }),
          );
          for (const { digest } of piecesOf(arm)) rmSync(layoutBlobPath(app, digest));
        }
        return true;
      },
    });
    assert.deepEqual(report.bad, []);
    assert.deepEqual(folder.lines, ['good  app:stays']);
  });

  test('by a pattern looks at nothing else', async () => {
    const folder = await open();
    const { root, store } = folder;
    await storeImage(store, 'app', image, 'v1');
    await storeImage(store, 'app', arm, 'v2');
    await writeSkopeoDir(join(root, 'dir/v1'), image);
    await rot(layoutBlobPath(join(root, 'app'), arm.config.digest));
    await rot(join(root, 'dir/v1', hexOf(image.config)));
    const only = (tag: string) => (it: { repository: string; tag?: string }) =>
      it.repository === 'app' && (it.tag ?? tag) === tag;
    const good = await folder.check({ matches: only('v1') });
    assert.deepEqual([good.images, good.files, good.bad.length], [1, 4, 0]);
    const bad = await folder.check({ matches: only('v2') });
    assert.deepEqual(
      bad.bad.map(({ images }) => images),
      [['app:v2']],
    );
  });
});
