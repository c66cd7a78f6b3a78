import assert from 'node:assert/strict';
import { readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { listImages } from '../../../api/folder/listing.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { hostileDocuments, nestedIndexes } from '../../support/hostile/hostile-documents.ts';
import {
  blobName,
  image,
  layer,
  manifestOf,
  MiB,
  ociTar,
  savedFiles,
  type HostileArchive,
} from '../../support/hostile/hostile-images.ts';
import { hostileNames } from '../../support/hostile/hostile-names.ts';
import { hostileTars, lyingTars } from '../../support/hostile/hostile-tars.ts';
import { loadPath } from '../../support/loading.ts';
import { openFolder } from '../../support/open-folder.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, piece, piecesOf, tinyImage } from '../../support/tiny-image.ts';
import { writeArchive } from '../../support/write-archive.ts';
import { write, writeCraneFolder, writeOciLayout, writeSkopeoDir } from '../../support/write-images.ts';

const good = tinyImage({ seed: 'good' });

/** A folder with a good archive, and beside it what a test puts there. */
async function imagesFolder(): Promise<string> {
  const root = tempFolder();
  const layout = tempFolder();
  await writeOciLayout(layout, [{ image: good, tag: 'v1', annotations: { 'io.containerd.image.name': 'good:v1' } }]);
  await writeArchive(join(root, 'good.tar'), layout);
  return root;
}

/** As long ago as makes it settled. */
async function writeLongAgo(path: string, bytes: Buffer): Promise<void> {
  await writeFile(path, bytes);
  await utimes(path, new Date('2026-01-01'), new Date('2026-01-01'));
}

/** Whatever is asked of the bad one, there is an answer, and nothing with another digest; the good one is served as ever. */
async function askAll(root: string, name = 'evil'): Promise<void> {
  const { registry } = await openFolder(root, { unpacked: tempFolder() });
  const settle = async <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((err: unknown) => {
      if (!(err instanceof RegistryError)) throw err;
      return undefined;
    });
  const evil = repo(name);
  for (const reference of [ref('v1'), ref('latest'), ...piecesOf(image).map(({ digest }) => digest)]) {
    const found = await settle(registry.getManifest(evil, reference));
    if (found) assert.equal(digestOf(found.bytes), found.descriptor.digest);
  }
  for (const { digest } of piecesOf(image)) {
    const body = await settle(registry.openBlob(evil, digest).then(({ body: opened }) => readBody(opened)));
    if (body) assert.equal(digestOf(body), digest);
  }
  await settle(registry.listTags(evil));
  await settle(registry.listReferrers(evil, image.manifest.digest));
  assert.ok((await registry.listRepositories()).includes('good'));
  assert.deepEqual((await registry.getManifest(repo('good'), ref('v1'))).bytes, good.manifest.bytes);
  const [config] = [good.config];
  assert.deepEqual(await readBody((await registry.openBlob(repo('good'), config.digest)).body), config.bytes);
}

async function listed(root: string) {
  const { known } = await openFolder(root);
  const { images, problems } = await listImages({ root, known, unpacked: tempFolder() });
  return { names: images.map(({ repository, tag }) => `${repository}:${tag}`), problems };
}

async function assertNothingLoaded(root: string): Promise<void> {
  assert.deepEqual(
    (await readdir(root)).filter((name) => !name.startsWith('_')),
    [],
  );
  assert.deepEqual(await readdir(join(root, '_fills')), []);
}

function hostile({ what, file, bytes, refused, problem }: HostileArchive): void {
  test(what, async () => {
    const root = await imagesFolder();
    const path = join(root, file);
    await writeLongAgo(path, bytes());

    const { names, problems } = await listed(root);
    assert.ok(names.includes('good:v1'));
    const told = problems.filter((each) => each.path === file).map(({ reason }) => reason);
    if (problem)
      assert.ok(
        told.some((reason) => problem.test(reason)),
        told.join('\n'),
      );
    else
      assert.ok(
        names.some((name) => name.startsWith('evil')),
        told.join('\n'),
      );
    await askAll(root);

    const into = tempFolder();
    if (refused) {
      await assert.rejects(loadPath(into, path), refused);
      await assertNothingLoaded(into);
    } else {
      await loadPath(into, path);
      assert.deepEqual((await listed(into)).problems, []);
    }
  });
}

describe('a hostile archive is refused by load and harmless where it lies:', () => {
  for (const archive of [...hostileTars, ...lyingTars]) hostile(archive);
});

describe('a hostile document is refused by load and harmless where it lies:', () => {
  for (const archive of hostileDocuments) hostile(archive);

  test('a config that is larger than it says is not read for its platform', async () => {
    const config = piece(Buffer.alloc(64 * MiB, '{"a":1}'), image.config.mediaType);
    const lying = { ...descriptorOf(config), size: 10 };
    const path = join(tempFolder(), 'evil.tar');
    await writeFile(path, ociTar([config, manifestOf({ schemaVersion: 2, config: lying, layers: [] })]));
    const into = tempFolder();
    await assert.rejects(loadPath(into, path, { platforms: ['linux/amd64'] }), /more than the 10 bytes/);
    await assertNothingLoaded(into);
  });

  test('indexes in each other, a thousand deep, are found to their end', async () => {
    const root = await imagesFolder();
    await writeLongAgo(join(root, 'evil.tar'), nestedIndexes(1_000));
    await askAll(root);
    const { registry } = await openFolder(root);
    await registry.getManifest(repo('evil'), image.manifest.digest);
    const { loaded } = await loadPath(tempFolder(), join(root, 'evil.tar'), { dryRun: true });
    assert.equal(loaded.length, 1);
  });
});

describe('hostile names are refused by load and harmless where they lie:', () => {
  for (const archive of hostileNames) hostile(archive);
});

describe('a link that leads out of a folder is not followed by load, wherever it leads,', () => {
  const sources: readonly { what: string; make: (folder: string) => Promise<void>; layer: string; error: RegExp }[] = [
    {
      what: 'in a skopeo dir',
      make: (folder) => writeSkopeoDir(folder, image),
      layer: layer.digest.slice(7),
      error: new RegExp(`blob ${layer.digest} is missing`),
    },
    {
      what: 'in an OCI layout',
      make: (folder) => writeOciLayout(folder, [{ image, tag: 'v1' }]),
      layer: blobName(layer),
      error: new RegExp(`blob ${layer.digest} is missing`),
    },
    {
      what: 'in what docker saved',
      make: async (folder) => {
        for (const [name, bytes] of savedFiles()) await write(join(folder, name), bytes);
      },
      layer: 'abc/layer.tar',
      error: /abc\/layer\.tar: it is missing/,
    },
    {
      what: 'in what crane pulled',
      make: (folder) => writeCraneFolder(folder, image, 'evil:v1'),
      layer: `${layer.digest.slice(7)}.tar.gz`,
      error: /\.tar\.gz: it is missing/,
    },
  ];
  for (const { what, make, layer: name, error } of sources) {
    test(what, async () => {
      const base = tempFolder();
      const folder = join(base, 'evil');
      await make(folder);
      // The very bytes that belong there, so that nothing else stands in the way.
      await rename(join(folder, name), join(base, 'secret'));
      for (const target of [join(base, 'secret'), '../'.repeat(name.split('/').length) + 'secret']) {
        await rm(join(folder, name), { force: true });
        await symlink(target, join(folder, name));
        const into = tempFolder();
        const naming = { as: { repository: 'evil' } };
        await assert.rejects(loadPath(into, folder, { naming }), error);
        await assertNothingLoaded(into);
      }
      await rm(join(folder, name));
      await rename(join(base, 'secret'), join(folder, name));
      await loadPath(tempFolder(), folder, { naming: { as: { repository: 'evil' } } });
    });
  }
});
