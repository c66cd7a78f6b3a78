import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { listImages } from '../../../api/folder/listing.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { OCI_INDEX } from '../../../api/oci/media-types.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { openFolder } from '../../support/open-folder.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, piece, tinyImage, tinyIndex, type Piece } from '../../support/tiny-image.ts';
import { write, writeLayoutBlob, writeOciLayout } from '../../support/write-images.ts';

const image = tinyImage();
const secret = 'outside the folder';

/** Everything a client could ask of a repository: whatever lies there, it is an answer or a RegistryError. */
async function askEverything(root: string, name: string, digests: readonly Piece['digest'][]): Promise<void> {
  const { registry, known } = await openFolder(root);
  const settle = async (asked: Promise<unknown>): Promise<unknown> =>
    asked.catch((err: unknown) => {
      if (!(err instanceof RegistryError)) throw err;
    });
  for (const reference of [ref('v1'), ref('app'), ...digests]) {
    const found = await settle(registry.getManifest(repo(name), reference));
    assert.doesNotMatch(JSON.stringify(found ?? ''), new RegExp(secret));
  }
  for (const digest of digests) {
    const body = await settle(
      registry.openBlob(repo(name), digest).then(({ body: opened }) => readBody(opened).catch(() => undefined)),
    );
    if (Buffer.isBuffer(body)) assert.equal(digestOf(body), digest);
    await settle(registry.listReferrers(repo(name), digest));
  }
  await settle(registry.listTags(repo(name)));
  await registry.listRepositories();
  await listImages({ root, known });
}

/** JSON that looks like the real thing in places. */
function nearly(...strings: readonly string[]): fc.Arbitrary<unknown> {
  const members = [
    'schemaVersion',
    'mediaType',
    'manifests',
    'config',
    'layers',
    'digest',
    'size',
    'annotations',
    'Config',
    'Layers',
    'RepoTags',
  ];
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(
        2,
        0,
        -1,
        1e308,
        null,
        true,
        ...strings,
        image.config.bytes.length,
        image.manifest.bytes.length,
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...members), tie('value'), { maxKeys: 6 }),
      fc.constantFrom<unknown>(descriptorOf(image.manifest), descriptorOf(image.config), {
        'org.opencontainers.image.ref.name': 'v1',
      }),
    ),
  }));
  return value;
}

const digests = [image.manifest.digest, image.config.digest, image.layers[0]!.digest];

describe('a hostile folder', () => {
  test('whatever index.json holds, every question has an answer', async () => {
    const root = tempFolder();
    await writeOciLayout(join(root, 'app'), [{ image, tag: 'v1' }]);
    await fc.assert(
      fc.asyncProperty(nearly(OCI_INDEX, 'v1', '../v1', image.manifest.digest, 'sha256:../../..'), async (json) => {
        await writeFile(join(root, 'app/index.json'), JSON.stringify(json));
        await askEverything(root, 'app', digests);
      }),
      { numRuns: 150 },
    );
  });

  test('whatever manifest.json holds, every question has an answer, and no path in it leads out', async () => {
    const base = tempFolder();
    const root = join(base, 'images');
    await write(join(base, 'secret'), secret);
    for (const part of [image.config, ...image.layers]) {
      const hex = part.digest.slice('sha256:'.length);
      await write(join(root, 'app/v1', hex), part.bytes);
      await write(join(root, 'app/v1', `${hex}.json`), part.bytes);
    }
    await symlink(join(base, 'secret'), join(root, 'app/v1/link'));
    const paths = [
      '../../../secret',
      '/etc/passwd',
      join(base, 'secret'),
      'link',
      '',
      '.',
      '..',
      'a\0b',
      './x/../../../../secret',
      `${image.config.digest.slice(7)}.json`,
      image.layers[0]!.digest.slice(7),
    ];
    const shape = fc.oneof(
      nearly(...paths),
      fc.array(
        fc.record({
          Config: fc.constantFrom(...paths),
          Layers: fc.array(fc.constantFrom(...paths), { maxLength: 3 }),
          RepoTags: fc.constantFrom<unknown>(null, ['x:v1'], 'x'),
        }),
        { maxLength: 3 },
      ),
    );
    const outside = digestOf(Buffer.from(secret));
    await fc.assert(
      fc.asyncProperty(shape, async (json) => {
        await writeFile(join(root, 'app/v1/manifest.json'), JSON.stringify(json));
        await askEverything(root, 'app', [...digests, outside]);
        const { registry } = await openFolder(root);
        await assert.rejects(registry.openBlob(repo('app'), outside), RegistryError);
      }),
      { numRuns: 100 },
    );
  });

  test('an index that names itself, one too deep and one too wide end', async () => {
    const root = tempFolder();
    const app = join(root, 'app');
    const index = (...manifests: object[]): Piece =>
      piece({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    // No index can hold its own digest, so this one is not what its name says.
    const cyclic = { mediaType: OCI_INDEX, digest: digestOf(Buffer.from('cycle')), size: 10 };
    await write(join(app, 'blobs/sha256', cyclic.digest.slice(7)), index(cyclic).bytes);
    let deep = index(descriptorOf(image.manifest));
    for (let depth = 0; depth < 500; depth++) {
      await writeLayoutBlob(app, deep);
      deep = index(descriptorOf(deep));
    }
    const wide = index(
      ...Array.from({ length: 20_000 }, (_, i) => ({
        mediaType: OCI_INDEX,
        digest: digestOf(Buffer.from(`${i}`)),
        size: 1,
      })),
    );
    await writeOciLayout(app, [
      { image: { manifest: deep, children: [image] }, tag: 'deep' },
      { image: { manifest: wide, children: [] }, tag: 'wide' },
      {
        image: { manifest: { ...index(), digest: cyclic.digest, bytes: index(cyclic).bytes }, children: [] },
        tag: 'cycle',
      },
    ]);
    const { registry } = await openFolder(root);
    assert.equal(
      (await registry.getManifest(repo('app'), image.manifest.digest)).descriptor.digest,
      image.manifest.digest,
    );
    await assert.rejects(registry.getManifest(repo('app'), ref('cycle')), RegistryError);
    assert.deepEqual((await registry.listTags(repo('app'))).entries, ['cycle', 'deep', 'wide']);
    assert.deepEqual((await registry.listReferrers(repo('app'), image.manifest.digest)).entries, []);
    const listing = await listImages({ root, known: await KnownDigests.open(undefined, keepingLog().log) });
    assert.deepEqual(
      listing.images.map(({ tag }) => tag),
      ['deep', 'wide'],
    );
  });

  test('a manifest over 4 MiB, a named pipe and a directory in a file’s place are not served', async () => {
    const root = tempFolder();
    const huge = tinyImage({ seed: 'huge', more: { annotations: { x: 'x'.repeat(5_000_000) } } });
    await writeOciLayout(join(root, 'huge'), [{ image: huge, tag: 'v1' }]);
    await mkdir(join(root, 'folder/v1/manifest.json'), { recursive: true });
    await writeOciLayout(join(root, 'pipe'), [
      { image, tag: 'v1' },
      { image: tinyIndex([image]), tag: 'v2' },
    ]);
    const { registry } = await openFolder(root);
    await assert.rejects(registry.getManifest(repo('huge'), ref('v1')), /5000\d+ bytes, at most 4194304/);
    await assert.rejects(registry.getManifest(repo('folder'), ref('v1')), RegistryError);
    await registry.getManifest(repo('pipe'), ref('v2'));
  });
});
