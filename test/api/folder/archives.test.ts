import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { listImages } from '../../../api/folder/listing.ts';
import { isUnknown } from '../../../api/oci/errors.ts';
import { registryContract } from '../../contract/registry-contract.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { openFolder } from '../../support/open-folder.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage, tinyIndex, type TinyImage, type TinyIndex } from '../../support/tiny-image.ts';
import { writeArchive } from '../../support/write-archive.ts';
import {
  write,
  writeDockerSaveFolder,
  writeLayoutBlob,
  writeOciLayout,
  type Root,
} from '../../support/write-images.ts';

const CONTAINERD = 'io.containerd.image.name';
const named = (name: string, image: TinyImage | TinyIndex): Root => ({
  image,
  tag: name.slice(name.lastIndexOf(':') + 1),
  annotations: { [CONTAINERD]: name },
});

async function ociArchive(file: string, roots: readonly Root[]): Promise<void> {
  const folder = tempFolder();
  await writeOciLayout(folder, roots);
  await writeArchive(file, folder);
}

async function dockerArchive(file: string, image: TinyImage, repoTag: string): Promise<void> {
  const folder = tempFolder();
  await writeDockerSaveFolder(folder, image, repoTag);
  await writeArchive(file, folder);
}

/** As long ago as makes it settled. */
async function age(file: string): Promise<void> {
  const then = new Date(Date.now() - 60_000);
  await utimes(file, then, then);
}

async function listed(root: string, unpacked?: string) {
  const known = await KnownDigests.open(undefined, keepingLog().log);
  const { images, problems } = await listImages({ root, known, ...(unpacked !== undefined && { unpacked }) });
  return { names: images.map(({ repository, tag }) => `${repository}:${tag}`), images, problems };
}

registryContract('an OCI archive in place', async () => {
  const root = tempFolder();
  const image = tinyIndex([tinyImage({ architecture: 'amd64' }), tinyImage({ architecture: 'arm64' })]);
  await ociArchive(join(root, 'bundle.tar'), [named('quay.io/team/app:v1', image)]);
  return { ...(await openFolder(root)), name: 'quay.io/team/app', tag: 'v1', image };
});

registryContract('a docker archive in a folder', async () => {
  const root = tempFolder();
  const image = tinyImage({ docker: true });
  await dockerArchive(join(root, 'some/where/saved.tar'), image, 'team/app:v1');
  return { ...(await openFolder(root)), name: 'some/where/team/app', tag: 'v1', image, makesManifest: true };
});

registryContract('a compressed archive', async () => {
  const root = tempFolder();
  const file = join(root, 'bundle.tar.zst');
  const image = tinyImage();
  await ociArchive(file, [named('team/app:v1', image)]);
  await age(file);
  return { ...(await openFolder(root, { unpacked: tempFolder() })), name: 'team/app', tag: 'v1', image };
});

describe('what is inside an archive is called', () => {
  const image = tinyImage();
  const cases: readonly {
    readonly what: string;
    readonly file: string;
    readonly roots: Root[];
    readonly name: string;
  }[] = [
    { what: 'as it is written', file: 'x.tar', roots: [named('alpine:3.19', image)], name: 'alpine:3.19' },
    {
      what: 'as containerd writes it, before the short name',
      file: 'x.tar',
      roots: [{ image, tag: '3.19', annotations: { [CONTAINERD]: 'docker.io/library/alpine:3.19' } }],
      name: 'docker.io/library/alpine:3.19',
    },
    {
      what: 'by a full reference in ref.name',
      file: 'x.tar',
      roots: [{ image, tag: 'localhost/a/b:v1' }],
      name: 'localhost/a/b:v1',
    },
    {
      what: 'below the folder it lies in',
      file: 'some/where/x.tar',
      roots: [named('a:v1', image)],
      name: 'some/where/a:v1',
    },
    {
      what: 'as the file, with the tag inside',
      file: 'some/bundle.tar',
      roots: [{ image, tag: 'v7' }],
      name: 'some/bundle:v7',
    },
    { what: 'as the file, when nothing is written', file: 'bundle.tar', roots: [{ image }], name: 'bundle:latest' },
    {
      what: 'as the file without all of its extension',
      file: 'a/bundle.tar.gz',
      roots: [{ image }],
      name: 'a/bundle:latest',
    },
  ];
  for (const { what, file, roots, name } of cases) {
    test(what, async () => {
      const root = tempFolder();
      const unpacked = tempFolder();
      await ociArchive(join(root, file), roots);
      await age(join(root, file));
      const { registry } = await openFolder(root, { unpacked });
      const colon = name.lastIndexOf(':');
      const { descriptor } = await registry.getManifest(repo(name.slice(0, colon)), ref(name.slice(colon + 1)));
      assert.equal(descriptor.digest, image.manifest.digest);
      assert.deepEqual((await listed(root, unpacked)).names, [name]);
    });
  }

  test('all that is written, of all images of docker save', async () => {
    const root = tempFolder();
    const folder = tempFolder();
    const [one, two] = [tinyImage({ seed: 'one' }), tinyImage({ seed: 'two' })];
    for (const { config, layers } of [one, two]) {
      for (const piece of [config, ...layers]) await write(join(folder, piece.digest), piece.bytes);
    }
    const entry = ({ config, layers }: TinyImage, names: string[]) => ({
      Config: config.digest,
      RepoTags: names,
      Layers: layers.map(({ digest }) => digest),
    });
    await write(join(folder, 'manifest.json'), [entry(one, ['a:1', 'a:2', 'b/c:1']), entry(two, ['a:3'])]);
    await writeArchive(join(root, 'saved.tar'), folder);
    assert.deepEqual((await listed(root)).names, ['a:1', 'a:2', 'a:3', 'b/c:1']);
    const { registry } = await openFolder(root);
    assert.deepEqual((await registry.listTags(repo('a'))).entries, ['1', '2', '3']);
    await assert.rejects(registry.statBlob(repo('b/c'), two.config.digest), isUnknown);
  });

  test('by a digest alone, for who asks by digest', async () => {
    const root = tempFolder();
    await ociArchive(join(root, 'x.tar'), [
      { image, annotations: { [CONTAINERD]: `quay.io/a/b@${image.manifest.digest}` } },
    ]);
    const { registry } = await openFolder(root);
    assert.ok(await registry.getManifest(repo('quay.io/a/b'), image.manifest.digest));
    assert.deepEqual((await registry.listTags(repo('quay.io/a/b'))).entries, []);
  });

  for (const name of ['Upper/Case:v1', 'a:bad tag', '/a:v1', 'a//b:v1', 'quay.io/a/b', '../../etc:v1']) {
    test(`${JSON.stringify(name)} by nobody, which list tells`, async () => {
      const root = tempFolder();
      await ociArchive(join(root, 'x.tar'), [{ image, annotations: { [CONTAINERD]: name } }, named('fine:v1', image)]);
      const { names, problems } = await listed(root);
      assert.deepEqual(names, ['fine:v1']);
      assert.match(problems[0]?.reason ?? '', /^index\.json: no client can ask for/);
    });
  }

  test('a host with a port by nobody below a folder, which list tells', async () => {
    const root = tempFolder();
    await ociArchive(join(root, 'x.tar'), [named('127.0.0.1:5000/a:v1', image)]);
    await ociArchive(join(root, 'below', 'x.tar'), [named('127.0.0.1:5000/a:v1', image), named('fine:v1', image)]);
    const { names, problems } = await listed(root);
    assert.deepEqual(names, ['127.0.0.1:5000/a:v1', 'below/fine:v1']);
    assert.deepEqual(
      problems.map(({ path, reason }) => `${path}: ${reason}`),
      ['below/x.tar: no client can ask for "below/127.0.0.1:5000/a:v1"'],
    );
  });
});

describe('an archive in place', () => {
  test('gives each repository what its own manifests name, and a referrer to the one that has its subject', async () => {
    const root = tempFolder();
    const [one, two] = [tinyImage({ seed: 'one' }), tinyImage({ seed: 'two' })];
    const { mediaType, digest, bytes } = one.manifest;
    const signature = tinyImage({ seed: 'signature', more: { subject: { mediaType, digest, size: bytes.length } } });
    await ociArchive(join(root, 'x.tar'), [named('a:v1', one), named('b:v1', two), { image: signature }]);
    const { registry } = await openFolder(root);
    await registry.statBlob(repo('a'), one.config.digest);
    await assert.rejects(registry.statBlob(repo('b'), one.config.digest), isUnknown);
    await assert.rejects(registry.getManifest(repo('b'), one.manifest.digest), isUnknown);
    assert.equal((await registry.listReferrers(repo('a'), one.manifest.digest)).entries.length, 1);
    await registry.statBlob(repo('a'), signature.config.digest);
    assert.deepEqual((await registry.listReferrers(repo('b'), one.manifest.digest)).entries, []);
    await assert.rejects(registry.getManifest(repo('b'), signature.manifest.digest), isUnknown);
  });

  test('is indexed again when it was replaced, and gone when it was removed', async () => {
    const root = tempFolder();
    const file = join(root, 'x.tar');
    const [before, after] = [tinyImage({ seed: 'before' }), tinyImage({ seed: 'after' })];
    await ociArchive(file, [named('a:v1', before)]);
    const { registry } = await openFolder(root);
    const digest = async () => (await registry.getManifest(repo('a'), ref('v1'))).descriptor.digest;
    assert.equal(await digest(), before.manifest.digest);
    await ociArchive(`${file}.new`, [named('a:v1', after), named('b:v1', after)]);
    await rename(`${file}.new`, file);
    assert.equal(await digest(), after.manifest.digest);
    await registry.getManifest(repo('b'), ref('v1'));
    await copyFile(file, join(root, 'y.tar'));
    await rm(file);
    assert.equal(await digest(), after.manifest.digest);
    await rm(join(root, 'y.tar'));
    await assert.rejects(digest(), isUnknown);
  });

  test('comes after what lies in folders, and the nearest of several first', async () => {
    const root = tempFolder();
    const [layout, near, far] = ['layout', 'near', 'far'].map((seed) => tinyImage({ seed })) as [
      TinyImage,
      TinyImage,
      TinyImage,
    ];
    await ociArchive(join(root, 'x.tar'), [named('a/b:v1', far), named('a/b:v2', far), named('a/b:v3', far)]);
    await ociArchive(join(root, 'a/y.tar'), [named('b:v1', near), named('b:v2', near)]);
    await writeOciLayout(join(root, 'a/b'), [
      { image: layout, tag: 'v1' },
      { image: layout, tag: 'other' },
    ]);
    const { registry } = await openFolder(root);
    const { images } = await listed(root);
    for (const [tag, image] of [
      ['v1', layout],
      ['v2', near],
      ['v3', far],
    ] as const) {
      const { descriptor } = await registry.getManifest(repo('a/b'), ref(tag));
      assert.equal(descriptor.digest, image.manifest.digest, tag);
      assert.equal(images.find((each) => each.tag === tag)?.digest, image.manifest.digest, tag);
    }
    assert.deepEqual((await registry.listTags(repo('a/b'))).entries, ['other', 'v1', 'v2', 'v3']);
  });

  test('a blob with other bytes than its name is not served whole', async () => {
    const root = tempFolder();
    const folder = tempFolder();
    const image = tinyImage();
    await writeOciLayout(folder, [named('a:v1', image)]);
    const [layer] = image.layers;
    await writeLayoutBlob(folder, { ...layer!, bytes: Buffer.from(layer!.bytes).fill(1, 0, 3) });
    await writeArchive(join(root, 'x.tar'), folder);
    const { registry } = await openFolder(root);
    await assert.rejects(registry.openBlob(repo('a'), layer!.digest), isUnknown);
    assert.ok((await readBody((await registry.openBlob(repo('a'), image.config.digest)).body)).length > 0);
  });

  test('layers of an unpacked image are none, whatever they are called', async () => {
    const root = tempFolder();
    const image = tinyImage();
    await writeDockerSaveFolder(join(root, 'a/b/v1'), image, 'a/b:v1');
    await write(join(root, 'a/b/v1/extra.tar'), 'x');
    const { registry, lines } = await openFolder(root);
    await registry.getManifest(repo('a/b'), ref('v1'));
    await assert.rejects(registry.getManifest(repo('a/b/v1/x'), ref('v1')), isUnknown);
    assert.deepEqual(lines, []);
    assert.deepEqual((await listed(root)).problems, []);
  });

  test('what is no archive, or no image, is told of', async () => {
    const root = tempFolder();
    await writeFile(join(root, 'text.tar'), 'not a tar '.repeat(200));
    await writeFile(join(root, 'packed.tar.gz'), Buffer.from('fd377a585a0000ff12d9', 'hex'));
    const folder = tempFolder();
    await write(join(folder, 'README'), 'no image');
    await writeArchive(join(root, 'files.tar'), folder);
    const { problems } = await listed(root, tempFolder());
    assert.deepEqual(
      problems.map(({ path, reason }) => [path, reason]),
      [
        ['files.tar', 'no image: neither manifest.json nor oci-layout and index.json is in it'],
        ['packed.tar.gz', 'no archive: xz is not supported, gzip and zstd are'],
        ['text.tar', 'no archive'],
      ],
    );
  });
});

describe('a compressed archive', () => {
  const image = tinyImage();

  test('is unpacked once, and again when it was replaced', async () => {
    const root = tempFolder();
    const unpacked = join(tempFolder(), 'unpacked');
    const file = join(root, 'x.tgz');
    await ociArchive(file, [named('a:v1', image)]);
    await age(file);
    for (let i = 0; i < 2; i++) {
      const { registry } = await openFolder(root, { unpacked });
      await Promise.all([1, 2, 3].map(() => registry.getManifest(repo('a'), ref('v1'))));
      assert.equal((await readdir(unpacked)).length, 1);
    }
    await ociArchive(file, [named('b:v1', image)]);
    await age(file);
    const { registry } = await openFolder(root, { unpacked });
    await registry.getManifest(repo('b'), ref('v1'));
    await assert.rejects(registry.getManifest(repo('a'), ref('v1')), isUnknown);
  });

  test('is unpacked again by who has it open when its copy was swept away', async () => {
    const root = tempFolder();
    const unpacked = join(tempFolder(), 'unpacked');
    await ociArchive(join(root, 'x.tgz'), [named('a:v1', image)]);
    await age(join(root, 'x.tgz'));
    const { registry } = await openFolder(root, { unpacked });
    await registry.getManifest(repo('a'), ref('v1'));
    for (const name of await readdir(unpacked)) await rm(join(unpacked, name));
    const { body } = await registry.openBlob(repo('a'), image.config.digest);
    assert.deepEqual(await readBody(body), image.config.bytes);
  });

  test('is reported where there is no place for it, and others are served', async () => {
    const root = tempFolder();
    await ociArchive(join(root, 'x.tar.gz'), [named('a:v1', image)]);
    await ociArchive(join(root, 'y.tar'), [named('b:v1', image)]);
    await age(join(root, 'x.tar.gz'));
    await writeFile(join(root, 'file'), '');
    const blocked = join(root, 'file', 'unpacked');
    for (const unpacked of [undefined, blocked]) {
      const { registry } = await openFolder(root, unpacked === undefined ? {} : { unpacked });
      await registry.getManifest(repo('b'), ref('v1'));
      await assert.rejects(registry.getManifest(repo('a'), ref('v1')), /x\.tar\.gz: it is compressed, and /);
    }
  });

  test('that is still being written is left alone', async () => {
    const root = tempFolder();
    const unpacked = tempFolder();
    await ociArchive(join(root, 'x.tar.gz'), [named('a:v1', image)]);
    const { registry } = await openFolder(root, { unpacked });
    await assert.rejects(registry.getManifest(repo('a'), ref('v1')), /still being written/);
    assert.deepEqual(await readdir(unpacked), []);
  });

  test('that is cut off leaves nothing behind', async () => {
    const root = tempFolder();
    const unpacked = tempFolder();
    const file = join(root, 'x.tar.gz');
    await ociArchive(join(unpacked, 'whole.tar.gz'), [named('a:v1', image)]);
    const bytes = await readFile(join(unpacked, 'whole.tar.gz'));
    await rm(join(unpacked, 'whole.tar.gz'));
    await writeFile(file, bytes.subarray(0, bytes.length - 20));
    await age(file);
    const { registry } = await openFolder(root, { unpacked });
    await assert.rejects(registry.getManifest(repo('a'), ref('v1')), /x\.tar\.gz: it does not unpack/);
    assert.deepEqual(await readdir(unpacked), []);
  });
});
