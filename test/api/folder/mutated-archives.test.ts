import assert from 'node:assert/strict';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { listImages } from '../../../api/folder/listing.ts';
import { NotServed } from '../../../api/folder/not-served.ts';
import { algorithmOf, digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { inspectFolder } from '../../support/crash/whole-folder.ts';
import { image, ociTar, savedFiles, savedTar } from '../../support/hostile/hostile-images.ts';
import { sealHeader } from '../../support/hostile/tar-bytes.ts';
import { loadPath } from '../../support/loading.ts';
import { openFolder } from '../../support/open-folder.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { piecesOf } from '../../support/tiny-image.ts';

const BLOCK = 512;
/** Which a stranger's archive never makes us throw; nor errors of the system. */
const MISTAKES = [TypeError, RangeError, SyntaxError, ReferenceError];

/** A change of some bytes. Positions are taken modulo the length. */
type Mutation =
  | { readonly put: string; readonly at: number }
  | { readonly insert: string; readonly at: number }
  | { readonly truncate: number }
  | { readonly copyBlock: number; readonly to: number }
  | { readonly dropBlock: number }
  /** In a header, whose checksum is right afterwards. */
  | { readonly header: number; readonly offset: number; readonly put: string };

const position = fc.nat(100_000);
const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: 1, maxLength }).map((some) => Buffer.from(some).toString('latin1'));
const ofJson = fc.constantFrom('"', '{', ']', '0', '-', 'null', ',', '\\u0000', '/../', '9'.repeat(20));
const mutations = fc.array(
  fc.oneof<fc.Arbitrary<Mutation>[]>(
    fc.record({ put: fc.oneof(bytes(2), ofJson), at: position }),
    fc.record({ insert: bytes(700), at: position }),
    fc.record({ truncate: position }),
    fc.record({ copyBlock: position, to: position }),
    fc.record({ dropBlock: position }),
    fc.record({ header: position, offset: fc.nat(BLOCK - 1), put: bytes(12) }),
  ),
  { minLength: 1, maxLength: 4 },
);

function mutate(archive: Buffer, mutation: Mutation): Buffer {
  const at = (where: number): number => (archive.length === 0 ? 0 : where % archive.length);
  const blockAt = (where: number): Buffer => archive.subarray(at(where) & -BLOCK).subarray(0, BLOCK);
  const splice = (start: number, removed: number, added: Buffer): Buffer =>
    Buffer.concat([archive.subarray(0, start), added, archive.subarray(start + removed)]);
  const nothing = Buffer.alloc(0);
  if ('truncate' in mutation) return archive.subarray(0, at(mutation.truncate));
  if ('copyBlock' in mutation) return splice(at(mutation.to) & -BLOCK, 0, blockAt(mutation.copyBlock));
  if ('dropBlock' in mutation) return splice(at(mutation.dropBlock) & -BLOCK, BLOCK, nothing);
  if ('insert' in mutation) return splice(at(mutation.at), 0, Buffer.from(mutation.insert, 'latin1'));
  const put = Buffer.from(mutation.put, 'latin1');
  if ('at' in mutation) return splice(at(mutation.at), put.length, put);
  const block = Buffer.from(blockAt(mutation.header));
  put.copy(block, mutation.offset);
  return block.length < BLOCK ? archive : splice(at(mutation.header) & -BLOCK, BLOCK, sealHeader(block));
}

/** Everything a client could ask for is answered, with what it asked for. */
async function askAll(root: string, digests: readonly string[]): Promise<void> {
  const { registry, known } = await openFolder(root, { unpacked: tempFolder() });
  const settle = async <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((err: unknown) => {
      if (!(err instanceof RegistryError || err instanceof NotServed)) throw err;
      return undefined;
    });
  const names = await registry.listRepositories();
  for (const name of new Set([...names, 'evil'])) {
    const tags = (await settle(registry.listTags(repo(name))))?.entries ?? [];
    for (const reference of [...tags, ...digests].map(ref)) {
      const found = await settle(registry.getManifest(repo(name), reference));
      if (found) assert.equal(digestOf(found.bytes, algorithmOf(found.descriptor.digest)), found.descriptor.digest);
    }
    for (const digest of digests) {
      const body = await settle(registry.openBlob(repo(name), digest as never).then((blob) => readBody(blob.body)));
      if (body) assert.equal(digestOf(body), digest);
      await settle(registry.listReferrers(repo(name), digest as never));
    }
  }
  await listImages({ root, known, unpacked: tempFolder() });
}

/** All of it gets in, or nothing. */
async function load(path: string): Promise<void> {
  const into = tempFolder();
  await loadPath(into, path).catch((err: unknown) => {
    const isMistake = MISTAKES.some((kind) => err instanceof kind);
    if (!(err instanceof Error) || isMistake || 'code' in err) throw err;
  });
  assert.deepEqual((await inspectFolder(into)).damage, []);
  await rm(into, { recursive: true });
}

describe('whatever is changed in an archive, what comes out has the digest that was asked for:', () => {
  const oci = { bytes: ociTar(), digests: piecesOf(image).map(({ digest }) => digest as string) };
  const saved = { bytes: savedTar({}), digests: [...savedFiles().values()].map((bytes) => digestOf(bytes) as string) };
  for (const { what, file, of, pack, numRuns } of [
    { what: 'an OCI archive', file: 'evil.tar', of: oci, pack: (tar: Buffer) => tar, numRuns: 120 },
    { what: 'a docker archive', file: 'evil.tar', of: saved, pack: (tar: Buffer) => tar, numRuns: 120 },
    { what: 'an OCI archive before it was packed', file: 'evil.tgz', of: oci, pack: gzipSync, numRuns: 20 },
    {
      what: 'a docker archive before it was packed',
      file: 'evil.tar.zst',
      of: saved,
      pack: zstdCompressSync,
      numRuns: 20,
    },
  ]) {
    test(what, async () => {
      const root = tempFolder();
      const path = join(root, file);
      await fc.assert(
        fc.asyncProperty(mutations, async (changes) => {
          // Another file each time, as nothing is remembered of one that has just changed.
          await rm(path, { force: true });
          await writeFile(path, pack(changes.reduce(mutate, of.bytes)));
          await utimes(path, new Date('2026-01-01'), new Date('2026-01-01'));
          await askAll(root, of.digests);
          await load(path);
        }),
        { numRuns },
      );
    });
  }
});
