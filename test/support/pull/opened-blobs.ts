import assert from 'node:assert/strict';
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { after } from 'node:test';
import { join } from 'node:path';
import { openFolder as openFiles } from '../../../api/folder/folder.ts';
import { FolderRegistry } from '../../../api/folder/folder-registry.ts';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import type { ByteRange } from '../../../api/oci/byte-range.ts';
import type { Blob, Stat } from '../../../api/registry.ts';
import { CachedBlobs } from '../../../api/pull/cached-blobs.ts';
import { FillQueue } from '../../../api/pull/fill-queue.ts';
import { KeptImages } from '../../../api/pull/kept-images.ts';
import { NotFound } from '../../../api/pull/not-found.ts';
import { References } from '../../../api/pull/references.ts';
import type { UpstreamRepository } from '../../../api/pull/routes.ts';
import { Store } from '../../../api/store/store.ts';
import { keepingLog } from '../keeping-log.ts';
import { repo } from '../repository.ts';
import { tempFolder } from '../temp-folder.ts';
import type { ScriptedUpstream } from './scripted-upstream.ts';

const opened = new Set<OpenedBlobs>();
after(() => Promise.all([...opened].map((one) => one.end())));

export const APP = repo('team/app', 'up.example') as UpstreamRepository;

/** The blobs of one upstream, and the folder that keeps them. They are closed at the end of the test file. */
export class OpenedBlobs {
  readonly root: string;
  readonly store: Store;
  readonly blobs: CachedBlobs;
  readonly references = new References();
  readonly kept: KeptImages;
  /** What was logged. */
  readonly lines: string[];
  /** How many bytes were kept, one by one. */
  readonly keptBytes: number[] = [];
  readonly #upstream: ScriptedUpstream;
  readonly #ending = new AbortController();

  static async open(upstream: ScriptedUpstream, root = tempFolder()): Promise<OpenedBlobs> {
    const { log, lines } = keepingLog();
    const known = await KnownDigests.open(undefined, log);
    return new OpenedBlobs(upstream, root, known, { log, lines });
  }

  private constructor(
    upstream: ScriptedUpstream,
    root: string,
    known: KnownDigests,
    { log, lines }: ReturnType<typeof keepingLog>,
  ) {
    this.root = root;
    this.lines = lines;
    this.store = new Store(root);
    this.#upstream = upstream;
    const folder = openFiles({ root, known });
    this.kept = new KeptImages(this.store, folder.dirs);
    this.blobs = new CachedBlobs({
      store: this.store,
      known,
      log,
      kept: this.kept,
      images: new FolderRegistry({ folder, log }),
      references: this.references,
      notFound: new NotFound(Date.now),
      queue: new FillQueue(),
      signal: this.#ending.signal,
      onKept: (bytes) => this.keptBytes.push(bytes),
    });
    opened.add(this);
  }

  get warnings(): string[] {
    return this.lines.filter((line) => line.startsWith('warn'));
  }

  get(range?: ByteRange, from = APP): Promise<Blob> {
    return this.blobs.open(from, this.#upstream.digest, this.#upstream.remote, range);
  }

  stat(from = APP): Promise<Stat> {
    return this.blobs.stat(from, this.#upstream.digest, this.#upstream.remote);
  }

  /** As the program does when it is told to stop. */
  async end(): Promise<void> {
    this.#ending.abort(new Error('the server stops'));
    await this.blobs.idle();
    this.store[Symbol.dispose]();
    opened.delete(this);
  }

  /** What is in the folder for what comes in. */
  async leftovers(): Promise<string[]> {
    return readdir(join(this.root, '_fills')).catch(() => []);
  }

  /** The files in the folder that this process has open, but for locks. */
  async openFiles(): Promise<string[]> {
    const found = [];
    for (const fd of await readdir('/proc/self/fd')) {
      const path = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
      if (path.startsWith(this.root) && !path.startsWith(join(this.root, '_locks'))) found.push(path);
    }
    return found;
  }
}

/** An images folder in which nothing can be put. */
export async function unwritableFolder(): Promise<string> {
  const root = tempFolder();
  await writeFile(join(root, '_fills'), 'a file where a folder should be');
  return root;
}

/** That nothing comes in any more, and nothing of it was kept. */
export async function requireNothingKept(opened: OpenedBlobs): Promise<void> {
  await opened.blobs.idle();
  assert.deepEqual(opened.keptBytes, []);
  assert.deepEqual(await opened.leftovers(), []);
}
