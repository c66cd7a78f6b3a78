import { join, relative } from 'node:path';
import pLimit from 'p-limit';
import { isOwn } from '../folder/own-annotations.ts';
import { Tree } from '../folder/tree.ts';
import { isDigest } from '../oci/digest.ts';
import { findWrong, type BadFiles } from './bad-files.ts';
import type { FreshHasher } from './fresh-hasher.ts';
import { LayoutIndex } from '../store/layout-index.ts';
import { repositoryDirectories } from '../store/layouts.ts';
import { POOL } from '../store/paths.ts';
import type { Store } from '../store/store.ts';

const CONCURRENCY = 8;

/** Checks every blob that we wrote, in the pool and in layouts, whether an image has it or not. */
export async function checkStore(store: Store, hasher: FreshHasher, bad: BadFiles): Promise<void> {
  const tree = new Tree(store.root);
  const inTurn = pLimit(CONCURRENCY);
  const check = async (path: string, digest: string): Promise<void> => {
    const file = isDigest(digest) ? tree.statFile(path) : undefined;
    if (file === undefined || !isDigest(digest)) return;
    const found = await findWrong(hasher, { ...file, path, files: tree }, digest);
    // Taken away meanwhile, as what nobody needs.
    if (found === undefined || found.is === 'missing') return;
    bad.add({ path: tree.absolute(path), expected: digest, found, identity: file.identity });
  };
  const checkAll = async (blobs: string): Promise<void> => {
    const checks: Promise<void>[] = [];
    for (const algorithm of tree.list(blobs).directories) {
      const { files } = tree.list(`${blobs}/${algorithm}`);
      checks.push(...files.map((name) => inTurn(() => check(`${blobs}/${algorithm}/${name}`, `${algorithm}:${name}`))));
    }
    await Promise.all(checks);
  };
  await checkAll(POOL);
  for await (const { path, isLayout } of repositoryDirectories(store)) {
    if (isLayout && (await isOurs(path))) await checkAll(join(relative(store.root, path), 'blobs'));
  }
}

/** Others write theirs in place, so that what no image names yet may be half written. */
async function isOurs(layout: string): Promise<boolean> {
  const index = await LayoutIndex.read(layout).catch(() => undefined);
  return index?.entries.some(({ descriptor }) => isOwn(descriptor)) ?? false;
}
