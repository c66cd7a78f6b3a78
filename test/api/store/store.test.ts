import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { escapeComponent, repositoryPaths, unescapeComponent } from '../../../api/folder/repository-path.ts';
import { FETCHED, REPLACED, SOURCE } from '../../../api/folder/own-annotations.ts';
import { isComponent, isHost } from '../../../api/oci/repository.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { Store } from '../../../api/store/store.ts';
import { WrongContent } from '../../../api/store/work.ts';
import { openFolder } from '../../support/open-folder.ts';
import { storeImage } from '../../support/store-image.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, layerOf, tinyImage, tinyIndex, type Piece } from '../../support/tiny-image.ts';
import { writeOciLayout } from '../../support/write-images.ts';

const indexOf = async (root: string, name: string) =>
  JSON.parse(await readFile(join(root, name, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };

describe('the store', () => {
  test('what it wrote is served, byte for byte, with where it came from', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const image = tinyIndex([tinyImage({ architecture: 'amd64' }), tinyImage({ architecture: 'arm64' })]);
    await storeImage(store, 'quay.io/team/app', image, 'v1', { source: 'quay.io/team/app:v1' });
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.getManifest(repo('quay.io/team/app'), ref('v1'))).bytes, image.manifest.bytes);
    for (const child of image.children) {
      const { bytes } = await registry.getManifest(repo('quay.io/team/app'), child.manifest.digest);
      assert.deepEqual(bytes, child.manifest.bytes);
    }
    const [entry] = (await indexOf(root, 'quay.io/team/app')).manifests;
    assert.equal(entry?.annotations[SOURCE], 'quay.io/team/app:v1');
    assert.match(entry.annotations[FETCHED]!, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('a blob is on disk once, linked from the pool into each repository that has it', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const shared = layerOf('shared');
    const one = tinyImage({ seed: 'one', layers: [shared] });
    const two = tinyImage({ seed: 'two', layers: [shared] });
    await storeImage(store, 'a', one, 'v1');
    await storeImage(store, 'b', two, 'v1');
    const layer = one.layers[0]!.digest;
    const files = [store.pool, join(root, 'a/blobs'), join(root, 'b/blobs')].map((folder) => blobPath(folder, layer));
    const stats = await Promise.all(files.map((file) => stat(file)));
    assert.equal(new Set(stats.map(({ ino }) => ino)).size, 1);
    assert.equal(stats[0]?.nlink, 3);
    assert.deepEqual(await readdir(join(root, '_fills')), []);
  });

  test('sha512 lies beside sha256', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const image = tinyImage({ algorithm: 'sha512' });
    await storeImage(store, 'a', image, 'v1');
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.getManifest(repo('a'), ref('v1'))).bytes, image.manifest.bytes);
    assert.deepEqual(await readdir(join(root, 'a/blobs')), ['sha512']);
  });

  test('a tag that moves leaves what it led to within reach of its digest', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const before = tinyImage({ seed: 'before' });
    const after = tinyImage({ seed: 'after' });
    await storeImage(store, 'a', before, 'v1');
    await storeImage(store, 'a', after, 'v1');
    const { registry } = await openFolder(root);
    assert.equal((await registry.getManifest(repo('a'), ref('v1'))).descriptor.digest, after.manifest.digest);
    assert.deepEqual((await registry.getManifest(repo('a'), before.manifest.digest)).bytes, before.manifest.bytes);
    assert.deepEqual((await registry.listTags(repo('a'))).entries, ['v1']);
    const old = (await indexOf(root, 'a')).manifests.find(({ digest }) => digest === before.manifest.digest);
    assert.ok(old?.annotations[REPLACED]);
  });

  test('one manifest may have several tags, and naming it again changes nothing but the time', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const image = tinyImage();
    for (const name of ['v1', 'v2', 'v1']) await storeImage(store, 'a', image, name);
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.listTags(repo('a'))).entries, ['v1', 'v2']);
    assert.equal((await indexOf(root, 'a')).manifests.length, 2);
  });

  test('a layout that another tool wrote keeps all that is in it', async () => {
    const root = tempFolder();
    const theirs = tinyImage({ seed: 'theirs' });
    await writeOciLayout(join(root, 'a'), [{ image: theirs, tag: 'theirs', annotations: { 'org.example': 'x' } }]);
    const document = JSON.parse(await readFile(join(root, 'a/index.json'), 'utf8')) as { manifests: object[] };
    await writeFile(join(root, 'a/index.json'), JSON.stringify({ ...document, annotations: { kept: 'yes' } }));
    using store = new Store(root);
    await storeImage(store, 'a', tinyImage({ seed: 'ours' }), 'ours');
    const written = (await indexOf(root, 'a')) as unknown as { annotations: unknown; manifests: object[] };
    assert.deepEqual(written.annotations, { kept: 'yes' });
    assert.deepEqual(written.manifests[0], document.manifests[0]);
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.listTags(repo('a'))).entries, ['ours', 'theirs']);
  });

  test('a layout of ours is never a tag of the repository above it', async () => {
    const root = tempFolder();
    using store = new Store(root);
    await storeImage(store, 'team/app', tinyImage(), 'app');
    const { registry } = await openFolder(root);
    assert.deepEqual(await registry.listRepositories(), ['team/app']);
  });

  test('names of a layout’s own files are escaped, and a host’s port', async () => {
    const root = tempFolder();
    using store = new Store(root);
    for (const name of ['a/blobs', 'blobs', 'index.json/oci-layout']) await storeImage(store, name, tinyImage(), 'v1');
    const { registry } = await openFolder(root);
    for (const name of ['a/blobs', 'blobs', 'index.json/oci-layout']) await registry.getManifest(repo(name), ref('v1'));
    assert.equal(store.layoutOf({ host: 'h:5000' as never, name: 'a' as never }), join(root, 'h_5000_/a'));
  });

  test('what is wrong is not kept, and named', async () => {
    const root = tempFolder();
    using store = new Store(root);
    await using work = await store.begin();
    const { layers } = tinyImage();
    const [layer] = layers;
    const other = tinyImage({ seed: 'other!' }).layers[0]!;
    const wanted = descriptorOf(layer!);
    const wrong = (blob: Piece, size = blob.bytes.length) =>
      work.put({ ...wanted, size }, () => Promise.resolve([blob.bytes]));
    await assert.rejects(wrong({ ...layer!, bytes: layer!.bytes.subarray(1) }, wanted.size), WrongContent);
    await assert.rejects(wrong({ ...layer!, bytes: Buffer.concat([layer!.bytes, Buffer.alloc(9)]) }, wanted.size), {
      message: /more than the \d+ bytes/,
    });
    const lying = Buffer.from(layer!.bytes).fill(0, 0, 4);
    await assert.rejects(wrong({ ...layer!, bytes: lying }), { message: /its content is sha256:/ });
    await assert.rejects(
      work.put(descriptorOf(other), () => Promise.reject(new Error('gone'))),
      /gone/,
    );
    assert.equal(await store.has(wanted), false);
    assert.deepEqual(await readdir(work.folder), []);
  });

  test('a blob that cannot be written is not opened, so that nobody has to close it', async () => {
    const root = tempFolder();
    using store = new Store(root);
    await using work = await store.begin();
    const [layer] = tinyImage().layers;
    await rm(work.folder, { recursive: true });
    const open = () => assert.fail('it was opened');
    await assert.rejects(work.put(descriptorOf(layer!), open), { code: 'ENOENT' });
    await assert.rejects(work.add('sha256', open), { code: 'ENOENT' });
  });

  test('what is being written when the work is over is given up, and leaves nothing', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const work = await store.begin();
    const [layer] = tinyImage().layers;
    const ended: Promise<void>[] = [];
    async function* endless() {
      for (;;) {
        yield layer!.bytes.subarray(0, 1);
        if (ended.length === 0) ended.push(work[Symbol.asyncDispose]());
        await setImmediate();
      }
    }
    const put = work.put({ ...descriptorOf(layer!), size: 1e9 }, () => Promise.resolve(endless()));
    await assert.rejects(put, /what this was written for has ended/);
    await Promise.all(ended);
    await assert.rejects(
      work.put(descriptorOf(layer!), () => assert.fail('it was opened')),
      /has ended/,
    );
    assert.deepEqual(await readdir(join(root, '_fills')), []);
  });

  test('the same blob at once is written once', async () => {
    const root = tempFolder();
    using store = new Store(root);
    await using work = await store.begin();
    const [layer] = tinyImage().layers;
    let opened = 0;
    const put = () =>
      work.put(descriptorOf(layer!), () => {
        opened++;
        return Promise.resolve([layer!.bytes]);
      });
    await Promise.all([put(), put(), put()]);
    await put();
    assert.equal(opened, 1);
  });

  test('a blob that two bring in, neither knowing of the other, is on disk once', async () => {
    const root = tempFolder();
    using store = new Store(root);
    await using one = await store.begin();
    await using other = await store.begin();
    const bytes = Buffer.from('of two archives');
    const works = [one, other, one];
    const added = await Promise.all(works.map((work) => work.add('sha256', () => Promise.resolve([bytes]))));
    const digest = added[0]!.digest;
    const files = [blobPath(store.pool, digest), one.path(digest), other.path(digest)];
    const stats = await Promise.all(files.map((file) => stat(file)));
    assert.equal(new Set(stats.map(({ ino }) => ino)).size, 1);
    assert.equal(stats[0]?.nlink, 3);
    // Nothing else is left of the third.
    assert.deepEqual(await readdir(one.folder), ['sha256']);
  });

  test('a repository whose folder leads out of the images folder is refused', async () => {
    const root = tempFolder();
    const outside = tempFolder();
    await symlink(outside, join(root, 'out'));
    using store = new Store(root);
    await assert.rejects(storeImage(store, 'out/a', tinyImage(), 'v1'), /leads out of the images folder/);
  });

  test('an index.json that is none is left as it is, and named', async () => {
    const root = tempFolder();
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'a/index.json'), '{');
    using store = new Store(root);
    await assert.rejects(storeImage(store, 'a', tinyImage(), 'v1'), /a\/index\.json: not JSON/);
    assert.equal(await readFile(join(root, 'a/index.json'), 'utf8'), '{');
    assert.deepEqual((await readdir(join(root, 'a'))).sort(), ['index.json', 'oci-layout']);
  });

  test('an image that cannot be named leaves nothing, beside others or alone', async () => {
    const root = tempFolder();
    using store = new Store(root);
    const [image, other] = [tinyImage(), tinyImage({ seed: 'other' })];
    await storeImage(store, 'beside', other, 'v1');
    for (const name of ['alone', 'beside']) {
      const before = await readdir(join(root, 'beside'), { recursive: true });
      const inTheWay = blobPath(join(root, name, 'blobs'), image.manifest.digest);
      await mkdir(inTheWay, { recursive: true });
      await assert.rejects(storeImage(store, name, image, 'v1'), { code: 'EISDIR' });
      await rm(inTheWay, { recursive: true });
      assert.deepEqual(await readdir(join(root, 'beside'), { recursive: true }), before);
    }
    assert.deepEqual(
      (await readdir(join(root, 'alone'), { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
      ['oci-layout'],
    );
  });

  test('two stores that name images in one repository lose none', async () => {
    const root = tempFolder();
    const images = Array.from({ length: 20 }, (_, i) => tinyImage({ seed: `image ${i}` }));
    const fill = async (mine: readonly number[]) => {
      using store = new Store(root);
      for (const i of mine) await storeImage(store, 'a', images[i]!, `v${i}`);
    };
    const numbers = images.map((_, i) => i);
    await Promise.all([fill(numbers.filter((i) => i % 2 === 0)), fill(numbers.filter((i) => i % 2 === 1))]);
    const { registry } = await openFolder(root);
    assert.equal((await registry.listTags(repo('a'))).entries.length, 20);
  });
});

describe('a repository’s path', () => {
  const component = fc
    .stringMatching(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/)
    .filter((text) => text.length < 40 && isComponent(text));
  const host = fc.stringMatching(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/);
  const first = fc.oneof(
    component,
    fc
      .tuple(host, fc.nat(65535))
      .map(([name, port]) => `${name}:${port}`)
      .filter(isHost),
  );

  test('leads back to the name, and no two names share one', () => {
    fc.assert(
      fc.property(
        first,
        fc.array(fc.oneof(component, fc.constantFrom('blobs', 'index.json', 'oci-layout'))),
        (a, rest) => {
          const components = [a, ...rest];
          const escaped = components.map(escapeComponent);
          const back = escaped.map((text, i) => unescapeComponent(text, i === 0));
          assert.deepEqual(back, components);
          for (const text of escaped) assert.ok(!['blobs', 'index.json', 'oci-layout', '.', '..'].includes(text));
        },
      ),
    );
    assert.deepEqual(repositoryPaths({ name: 'a/blobs' as never }), ['a/blobs_', 'a/blobs']);
  });
});
