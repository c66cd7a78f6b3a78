import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { RangeNotSatisfiable } from '../../api/oci/byte-range.ts';
import { digestOf } from '../../api/oci/digest.ts';
import { RegistryError, type ErrorCode } from '../../api/oci/errors.ts';
import type { Lister, Registry } from '../../api/registry.ts';
import { readBody } from '../support/read-body.ts';
import { ref, repo } from '../support/repository.ts';
import { blobsOf, manifestsOf, type TinyImage, type TinyIndex } from '../support/tiny-image.ts';

/** What a registry under test holds: one image under one name. */
export interface Held {
  readonly registry: Registry & Lister;
  readonly name: string;
  readonly tag: string;
  readonly image: TinyImage | TinyIndex;
  /** Where the format makes the manifest itself, its bytes are not the image's. */
  readonly makesManifest?: boolean;
}

/** What every Registry and Lister owes its callers; each implementation runs it. */
export function registryContract(title: string, hold: () => Promise<Held>): void {
  describe(`${title} as a registry`, () => {
    let held: Held;
    before(async () => {
      held = await hold();
    });

    const unknown = sha('nothing like that');
    const fails = (promise: Promise<unknown>, code: ErrorCode): Promise<void> =>
      assert.rejects(promise, (err) => err instanceof RegistryError && err.code === code);

    test('M1 M2 a tag gives the exact bytes with their digest, type and size', async () => {
      const { registry, name, tag, image, makesManifest } = held;
      const { descriptor, bytes } = await registry.getManifest(repo(name), ref(tag));
      if (!makesManifest) assert.deepEqual(bytes, image.manifest.bytes);
      assert.equal(
        descriptor.digest,
        digestOf(bytes, image.manifest.digest.startsWith('sha512') ? 'sha512' : 'sha256'),
      );
      assert.equal(descriptor.size, bytes.length);
      assert.equal(descriptor.mediaType, (JSON.parse(bytes.toString()) as { mediaType: string }).mediaType);
    });

    test('M3 stat tells what get tells', async () => {
      const { registry, name, tag } = held;
      const { descriptor } = await registry.getManifest(repo(name), ref(tag));
      // How a cache came by it may differ from one call to the next.
      const { cache: _, ...stat } = await registry.statManifest(repo(name), ref(tag));
      assert.deepEqual(stat, descriptor);
    });

    test('M13 every manifest is had by its digest, those of an index too', async () => {
      const { registry, name, tag, image, makesManifest } = held;
      const { descriptor } = await registry.getManifest(repo(name), ref(tag));
      const digests = makesManifest ? [descriptor.digest] : manifestsOf(image).map(({ digest }) => digest);
      for (const digest of digests) {
        assert.equal((await registry.getManifest(repo(name), digest)).descriptor.digest, digest);
        assert.equal((await registry.statManifest(repo(name), digest)).digest, digest);
      }
    });

    test('L1 L2 every blob that the manifest names is had whole', async () => {
      const { registry, name, image } = held;
      for (const { digest, bytes } of await blobs(held)) {
        assert.equal((await registry.statBlob(repo(name), digest)).size, bytes.length);
        const blob = await registry.openBlob(repo(name), digest);
        assert.equal(blob.span, undefined);
        assert.deepEqual(await readBody(blob.body), bytes);
      }
      assert.ok(blobsOf(image).length > 0);
    });

    test('L5 a range gives that part, a suffix the end', async () => {
      const { registry, name } = held;
      for (const { digest, bytes } of await blobs(held)) {
        const part = await registry.openBlob(repo(name), digest, { first: 3, last: 7 });
        assert.deepEqual(part.span, { start: 3, end: 7 });
        assert.deepEqual(await readBody(part.body), bytes.subarray(3, 8));
        const tail = await registry.openBlob(repo(name), digest, { suffix: 5 });
        assert.deepEqual(await readBody(tail.body), bytes.subarray(-5));
        await assert.rejects(registry.openBlob(repo(name), digest, { first: bytes.length }), RangeNotSatisfiable);
      }
    });

    test('a body may be left at once or after its first chunk', async () => {
      const { registry, name } = held;
      for (const { digest } of await blobs(held)) {
        await (await registry.openBlob(repo(name), digest)).body.return();
        const { body } = await registry.openBlob(repo(name), digest);
        await body.next();
        await body.return();
        assert.equal((await body.next()).done, true);
      }
    });

    test('M4 L3 what is not there is unknown', async () => {
      const { registry, name, tag } = held;
      await fails(registry.getManifest(repo(name), ref('no-such-tag')), 'MANIFEST_UNKNOWN');
      await fails(registry.statManifest(repo(name), unknown), 'MANIFEST_UNKNOWN');
      await fails(registry.statBlob(repo(name), unknown), 'BLOB_UNKNOWN');
      await fails(registry.openBlob(repo(name), unknown), 'BLOB_UNKNOWN');
      await fails(registry.getManifest(repo('no/such/repository'), ref(tag)), 'NAME_UNKNOWN');
      await fails(registry.listTags(repo('no/such/repository')), 'NAME_UNKNOWN');
    });

    test('L9 M13 another repository has none of it', async () => {
      const { registry, image } = held;
      await assert.rejects(registry.getManifest(repo('another'), image.manifest.digest), RegistryError);
      for (const { digest } of await blobs(held))
        await assert.rejects(registry.statBlob(repo('another'), digest), RegistryError);
    });

    test('N11 a manifest is not a blob', async () => {
      const { registry, name, tag } = held;
      const { descriptor } = await registry.getManifest(repo(name), ref(tag));
      await fails(registry.statBlob(repo(name), descriptor.digest), 'BLOB_UNKNOWN');
      await fails(registry.openBlob(repo(name), descriptor.digest), 'BLOB_UNKNOWN');
    });

    test('A1 C2 it lists its tag and itself', async () => {
      const { registry, name, tag } = held;
      assert.deepEqual((await registry.listTags(repo(name))).entries, [tag]);
      assert.deepEqual(await registry.listRepositories(), [name]);
    });

    test('R3 R4 nothing refers to an unknown subject, in any repository', async () => {
      const { registry, name } = held;
      assert.deepEqual((await registry.listReferrers(repo(name), unknown)).entries, []);
      assert.deepEqual((await registry.listReferrers(repo('no/such/repository'), unknown)).entries, []);
    });
  });
}

const sha = (text: string): ReturnType<typeof digestOf> => digestOf(Buffer.from(text));

/** The blobs as the manifest names them: a docker-save folder may hold a layer unpacked, under another digest. */
async function blobs({
  registry,
  name,
  tag,
  image,
  makesManifest,
}: Held): Promise<{ digest: ReturnType<typeof digestOf>; bytes: Buffer }[]> {
  if (!makesManifest) return [...blobsOf(image)];
  const { bytes } = await registry.getManifest(repo(name), ref(tag));
  const { config, layers } = JSON.parse(bytes.toString()) as Record<'config', { digest: string }> & {
    layers: { digest: string }[];
  };
  return Promise.all(
    [config, ...layers].map(async ({ digest }) => {
      const found = ref(digest) as ReturnType<typeof digestOf>;
      const content = await readBody((await registry.openBlob(repo(name), found)).body);
      assert.equal(digestOf(content), digest);
      return { digest: found, bytes: content };
    }),
  );
}
