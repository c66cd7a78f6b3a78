import assert from 'node:assert/strict';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { listImages, type Listing } from '../../../api/folder/listing.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { layerOf, tinyImage, tinyIndex, type Piece } from '../../support/tiny-image.ts';
import { layoutBlobPath, write, writeCraneFolder, writeOciLayout, writeSkopeoDir } from '../../support/write-images.ts';

const list = async (root: string, prefix = ''): Promise<Listing> =>
  listImages({ root, prefix, known: await KnownDigests.open(undefined, keepingLog().log) });

const reasons = ({ problems }: Listing): string[] => problems.map(({ path, reason }) => `${path}: ${reason}`);

describe('a listing', () => {
  test('names every image of every format, in order', async () => {
    const root = tempFolder();
    const [amd64, arm64] = [tinyImage({ seed: 'a' }), tinyImage({ seed: 'b', architecture: 'arm64' })];
    const index = tinyIndex([amd64, arm64]);
    const artifact = tinyImage({ seed: 'c', more: { artifactType: 'text/plain' } });
    await writeOciLayout(join(root, 'team/app'), [
      { image: index, tag: 'v2' },
      { image: amd64, tag: 'v1' },
    ]);
    await writeSkopeoDir(join(root, 'alpine/3.9'), tinyImage({ docker: true }));
    await writeCraneFolder(join(root, 'crane/app/v1'), amd64);
    await writeSkopeoDir(join(root, 'quay.io_8443_/x/y'), artifact);
    const { images, problems } = await list(root, 'p');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      images.map(({ repository, tag, kind, platforms, path }) => [repository, tag, kind, platforms, path]),
      [
        ['p/alpine', '3.9', 'image', ['linux/amd64'], 'alpine/3.9'],
        ['p/crane/app', 'v1', 'image', ['linux/amd64'], 'crane/app/v1'],
        ['p/quay.io:8443/x', 'y', 'artifact', [], 'quay.io_8443_/x/y'],
        ['p/team/app', 'v1', 'image', ['linux/amd64'], 'team/app'],
        ['p/team/app', 'v2', 'index', ['linux/amd64', 'linux/arm64'], 'team/app'],
      ],
    );
    const bytes = [amd64, arm64].flatMap(({ manifest, config, layers }) => [manifest, config, ...layers]);
    const v2 = images.at(-1);
    assert.equal(
      v2?.size,
      bytes.reduce((sum, part) => sum + part.bytes.length, index.manifest.bytes.length),
    );
    assert.equal(v2.digest, index.manifest.digest);
    assert.equal(v2.created, '2026-11-01T12:00:00.000Z');
  });

  test('says of everything else why it is not served, and hides no neighbour', async () => {
    const [root, outside] = [tempFolder(), tempFolder()];
    const [one, two] = [tinyImage({ seed: 'one' }), tinyImage({ seed: 'two', layers: [layerOf('x', 5_000)] })];
    await writeSkopeoDir(join(root, 'good/v1'), one);
    await writeSkopeoDir(join(root, 'Upper/v1'), one);
    await writeSkopeoDir(join(root, 'bad/-tag'), one);
    await writeSkopeoDir(join(root, 'alone'), one);
    await write(join(root, 'bad/json/manifest.json'), '{');
    await write(join(root, 'bad/schema1/manifest.json'), { schemaVersion: 1 });
    await write(join(root, 'bad/none/README'), 'nothing');
    await write(join(root, 'good/notes.txt'), 'stray');
    await write(join(root, 'bundle.txt'), 'stray');
    await write(join(root, '.hidden/x'), '');
    await write(join(root, '_work/x'), '');
    await mkdir(join(root, 'empty'));
    await symlink(outside, join(root, 'good/out'));
    await symlink('..', join(root, 'good/up'));
    await writeOciLayout(join(root, 'layout'), [
      { image: one, tag: 'v1' },
      { image: two, tag: 'v2' },
      { image: two, tag: 'v1' },
      { image: two, tag: 'x y' },
    ]);
    await rm(layoutBlobPath(join(root, 'layout'), (two.layers as [Piece])[0].digest));
    const listing = await list(root);
    assert.deepEqual(
      listing.images.map(({ repository, tag }) => `${repository}:${tag}`),
      ['good:v1', 'layout:v1'],
    );
    const digest = (two.layers as [Piece])[0].digest;
    assert.deepEqual(reasons(listing), [
      'Upper/v1: no client can ask for Upper',
      'alone: an image needs <repository>/<tag>/ as its path, this is only one of them',
      'bad/-tag: no client can ask for the tag -tag',
      "bad/json: bad/json/manifest.json: not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
      'bad/none: no image: neither manifest.json nor oci-layout and index.json',
      'bad/schema1: bad/schema1/manifest.json: Docker schema 1, which no client takes any more',
      'bundle.txt: a file that belongs to no image',
      'good/notes.txt: a file that belongs to no image',
      'good/out: a link that leads out of the folder, or nowhere',
      'good/up: a link to a directory above it',
      'layout: index.json: "x y" names no tag that a client can ask for',
      'layout: index.json: the tag v1 stands there twice, the first counts',
      `layout: v2: blob ${digest} is missing`,
    ]);
  });

  test('of a name that several directories give, the one that is served counts', async () => {
    const root = tempFolder();
    const [one, two] = [tinyImage({ seed: 'one' }), tinyImage({ seed: 'two' })];
    await writeOciLayout(join(root, 'app'), [{ image: one, tag: 'v1' }]);
    await writeSkopeoDir(join(root, 'app/v1'), two);
    assert.deepEqual(
      (await list(root)).images.map(({ path, digest }) => [path, digest]),
      [['app', one.manifest.digest]],
    );
  });

  test('an empty or missing folder has nothing', async () => {
    assert.deepEqual(await list(tempFolder()), { images: [], problems: [] });
    assert.deepEqual(await list(join(tempFolder(), 'nope')), { images: [], problems: [] });
  });
});
