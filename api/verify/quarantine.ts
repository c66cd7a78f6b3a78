import { lstat, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf } from '../folder/file-identity.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import type { BadFile } from './bad-files.ts';
import { makeDirectory, replaceFile, sync } from '../store/durable.ts';
import { repositoryDirectories } from '../store/layouts.ts';
import { blobPath, QUARANTINE } from '../store/paths.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';

/** What became of a bad file. */
export interface Moved {
  /** Where it is now. */
  readonly movedTo?: string;
  /** Why it stayed. */
  readonly stayed?: string;
}

/** Where bad files are moved to, out of the pool and of every layout, so that nobody is served them and they can be fetched again. */
export class Quarantine {
  readonly #store: Store;
  readonly #unlinker = new Unlinker({ dryRun: false });

  constructor(store: Store) {
    this.#store = store;
  }

  /** Moves a file with all its names; beside it a note says where it was and why. */
  async move(bad: BadFile): Promise<Moved> {
    const { path, otherPaths, expected, found, images, immovable } = bad;
    if (immovable !== undefined) return { stayed: immovable };
    if (found.is === 'missing') return {};
    if (expected === undefined) return { stayed: 'nobody knows what should be there' };
    try {
      const names = await this.#namesOf(bad, expected);
      const [first, ...others] = names;
      if (first === undefined) return { stayed: 'it is gone, or another by now' };
      const target = await this.#freeName(expected);
      const note = { paths: [path, ...otherPaths, ...names], expected, found, images, at: new Date().toISOString() };
      await replaceFile(
        `${target}.json`,
        `${JSON.stringify({ ...note, paths: [...new Set(note.paths)] }, undefined, 2)}\n`,
      );
      await rename(first, target);
      for (const name of others) await this.#unlinker.unlink(name);
      await sync(join(target, '..'));
      return { movedTo: target };
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === undefined) throw err;
      return { stayed: (err as Error).message };
    }
  }

  /** All names of a bad file, that in the pool first; none when it is another by now. */
  async #namesOf({ path, identity }: BadFile, expected: Digest): Promise<string[]> {
    const real = await realpath(path).catch(() => undefined);
    const stats = real === undefined ? undefined : await lstat(real, { bigint: true });
    if (real === undefined || !stats?.isFile()) return [];
    if (identity !== undefined && identityOf(stats) !== identity) return [];
    const names = [blobPath(this.#store.pool, expected)];
    for await (const { path: layout, isLayout } of repositoryDirectories(this.#store)) {
      if (isLayout) names.push(blobPath(join(layout, 'blobs'), expected));
    }
    const id = (await this.#unlinker.look(real))?.id;
    const same: string[] = [];
    for (const name of new Set([...names, real])) if ((await this.#unlinker.look(name))?.id === id) same.push(name);
    return same;
  }

  async #freeName(digest: Digest): Promise<string> {
    const folder = join(this.#store.root, QUARANTINE);
    await makeDirectory(folder);
    const { algorithm, encoded } = splitDigest(digest);
    for (let i = 1; ; i++) {
      const path = join(folder, `${algorithm}-${encoded}${i === 1 ? '' : `-${i}`}`);
      if ((await this.#unlinker.look(path)) === undefined) return path;
    }
  }
}
