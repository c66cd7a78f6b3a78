import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Hasher } from '../api/folder/saved-files.ts';
import { parseImageList } from '../api/load/image-list.ts';
import type { Job, Load } from '../api/load/load.ts';
import { openLocalImages, type LocalReaders } from '../api/load/local-images.ts';
import { InvalidList, MAX_LIST_BYTES } from '../api/load/problems.ts';
import { InvalidPullReference, parsePullReference, type PullReference } from '../api/oci/pull-reference.ts';
import type { Repository } from '../api/oci/repository.ts';
import type { WantedImage } from '../api/load/wanted-image.ts';
import { codeOf, Problems, reasonOf } from './failure.ts';

/** What one SOURCE of `load` comes to. */
export interface Plan {
  readonly jobs: readonly Job[];
  /** Of an inventory: what it manages, and what it wants there. */
  readonly inventory?: { readonly repositories: readonly Repository[]; readonly images: readonly WantedImage[] };
}

/** Where standard input comes from and is kept while it is read. */
export interface SourceReaders extends LocalReaders {
  readonly stdin: Readable;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly passingHasher: Hasher;
}

/** Finds out what a SOURCE is, by what is in it and never by its name, and plans its images. */
export async function planSource(source: string, load: Load, readers: SourceReaders): Promise<Plan> {
  if (source === '-') {
    const path = join(readers.folder, 'standard-input');
    const { stdin, signal, passingHasher } = readers;
    await pipeline(stdin, createWriteStream(path, { flags: 'wx' }), { signal }).catch((err: unknown) => {
      signal.throwIfAborted();
      throw new Error(`standard input cannot be kept as ${path}: ${reasonOf(err)}`, { cause: err });
    });
    return planPath(path, 'standard input', load, { ...readers, hasher: passingHasher });
  }
  const isThere = await stat(source).then(() => true, ifMissing);
  if (isThere) return planPath(source, source, load, readers);
  return { jobs: load.fromRegistries([{ ...parseReference(source), platforms: [], at: '' }]) };
}

async function planPath(path: string, shown: string, load: Load, readers: LocalReaders): Promise<Plan> {
  const images = await openLocalImages(path, readers).catch((cause: unknown) => {
    throw new Error(codeOf(cause) === undefined ? (cause as Error).message : `${shown}: ${reasonOf(cause)}`, { cause });
  });
  if (images !== undefined) return { jobs: load.fromFile(images, shown) };
  const text = await readText(path, shown);
  // Only now: they take memory that a large archive's load has better use for.
  const { looksLikeInventory, parseInventory } = await import('../api/load/inventory.ts');
  try {
    if (!looksLikeInventory(text)) return { jobs: load.fromRegistries(parseImageList(text, basename(shown))) };
    const inventory = parseInventory(text, basename(shown));
    return { jobs: load.fromRegistries(inventory.images), inventory };
  } catch (cause) {
    if (cause instanceof InvalidList) throw new Problems(cause.problems, { cause });
    throw cause;
  }
}

async function readText(path: string, shown: string): Promise<string> {
  const { size } = await stat(path);
  const bytes = size > MAX_LIST_BYTES ? undefined : await readFile(path);
  if (bytes && /^(?:fffe|feff)/.test(bytes.toString('hex', 0, 2))) {
    throw new Error(`${shown}: it is UTF-16: save it as UTF-8`);
  }
  if (bytes === undefined || bytes.includes(0)) {
    throw new Error(`${shown}: neither an archive nor a list of images`);
  }
  return bytes.toString('utf8');
}

/** What is no path is a reference, unless it can only have been meant as a path. */
function parseReference(source: string): PullReference {
  const isPath = /^[./~]|[*?]|\.(?:tar|gz|tgz|zst|tzst|ya?ml|json|txt)$/i.test(source);
  if (isPath) throw new Error(`${source}: no such file or folder`);
  try {
    return parsePullReference(source, { defaultTag: 'latest' });
  } catch (cause) {
    if (!(cause instanceof InvalidPullReference)) throw cause;
    throw new Error(`${source}: no such file or folder, and no image: ${cause.message}`, { cause });
  }
}

function ifMissing(err: unknown): false {
  if (codeOf(err) === 'ENOENT' || codeOf(err) === 'ENOTDIR') return false;
  throw err;
}
