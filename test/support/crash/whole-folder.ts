import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

// Looks at an images folder without any code of the registry's own: the judge must not share its mistakes.

/** What an images folder has, and what is wrong with it. */
export interface FolderState {
  /** Everything visible that is not whole. */
  readonly damage: readonly string[];
  /** `repository:tag` to digest. */
  readonly tags: ReadonlyMap<string, string>;
  /** What images that were pulled through are still without: nobody has asked for it yet. */
  readonly awaited: readonly string[];
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Document {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** Of an image that comes in as it is asked for. */
const CACHED = 'io.github.ociregistry.cached';
const TAG = 'org.opencontainers.image.ref.name';
/** What a writer that died leaves: its name says that it is none of what counts. */
const TEMPORARY = '.tmp-';

/** Hashes every file of the pool and of the layouts, and follows every tag to its last blob. Nobody may write meanwhile. */
export async function inspectFolder(root: string): Promise<FolderState> {
  const inspection = new Inspection(root);
  await inspection.blobs(join(root, '_blobs'));
  await inspection.repositories(root);
  return inspection;
}

class Inspection implements FolderState {
  readonly damage: string[] = [];
  readonly tags = new Map<string, string>();
  readonly awaited: string[] = [];
  readonly #root: string;
  /** Names of one file are hashed once. */
  readonly #hashes = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  async repositories(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = new Set(entries.map(({ name }) => name));
    if (names.has('index.json')) await this.#layout(folder);
    else if (names.has('blobs')) await this.blobs(join(folder, 'blobs'));
    for (const entry of entries) {
      const isOurs = folder === this.#root && entry.name.startsWith('_');
      if (entry.isDirectory() && entry.name !== 'blobs' && !isOurs) await this.repositories(join(folder, entry.name));
    }
  }

  /** Every file of a pool or a layout, as `<algorithm>/<hex>`. */
  async blobs(folder: string): Promise<void> {
    for (const algorithm of await readdir(folder).catch(ifMissing)) {
      for (const name of await readdir(join(folder, algorithm))) {
        if (name.startsWith(TEMPORARY)) continue;
        const path = join(folder, algorithm, name);
        const actual = await this.#hash(path, algorithm);
        if (actual !== name) this.#tell(path, `its content is ${algorithm}:${actual}`);
      }
    }
  }

  async #layout(folder: string): Promise<void> {
    await this.blobs(join(folder, 'blobs'));
    await stat(join(folder, 'oci-layout')).catch(() => this.#tell(folder, 'an index.json without oci-layout'));
    const path = join(folder, 'index.json');
    let index: Document = {};
    try {
      index = JSON.parse(await readFile(path, 'utf8')) as Document;
    } catch (err) {
      this.#tell(path, (err as Error).message);
    }
    for (const descriptor of index.manifests ?? []) {
      const tag = descriptor.annotations?.[TAG];
      if (tag !== undefined) this.tags.set(`${relative(this.#root, folder)}:${tag}`, descriptor.digest);
      const path = await this.#blob(folder, descriptor, this.damage);
      const isCached = descriptor.annotations?.[CACHED] !== undefined;
      if (path !== undefined) await this.#manifest(folder, path, isCached ? this.awaited : this.damage, new Set());
    }
  }

  /** `missing` is told what is not there. */
  async #manifest(folder: string, path: string, missing: string[], seen: Set<string>): Promise<void> {
    if (seen.has(path)) return;
    seen.add(path);
    const document = JSON.parse(await readFile(path, 'utf8')) as Document;
    for (const blob of [...(document.config ? [document.config] : []), ...(document.layers ?? [])]) {
      await this.#blob(folder, blob, missing);
    }
    for (const child of document.manifests ?? []) {
      const below = await this.#blob(folder, child, missing);
      if (below !== undefined) await this.#manifest(folder, below, missing, seen);
    }
  }

  async #blob(folder: string, { digest, size }: Descriptor, missing: string[]): Promise<string | undefined> {
    const path = join(folder, 'blobs', ...digest.split(':'));
    const found = await stat(path).catch(() => undefined);
    if (found?.size === size) return path;
    if (found) this.#tell(path, `${found.size} bytes, expected ${size}`);
    else missing.push(`${relative(this.#root, path)}: it is missing`);
    return undefined;
  }

  async #hash(path: string, algorithm: string): Promise<string> {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    const identity = [algorithm, dev, ino, size, mtimeNs].join(':');
    const known = this.#hashes.get(identity);
    if (known !== undefined) return known;
    const hash = createHash(algorithm);
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
    const actual = hash.digest('hex');
    this.#hashes.set(identity, actual);
    return actual;
  }

  #tell(path: string, what: string): void {
    this.damage.push(`${relative(this.#root, path)}: ${what}`);
  }
}

function ifMissing(err: NodeJS.ErrnoException): [] {
  if (err.code === 'ENOENT') return [];
  throw err;
}
