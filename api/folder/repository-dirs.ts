import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import { isTag, type Tag } from '../oci/reference.ts';
import { formatRepository, isRepositoryName, type Repository } from '../oci/repository.ts';
import type { ImageDir, ReadManifest } from './image-dir.ts';
import type { Archives } from './archives.ts';
import type { Folder } from './folder.ts';
import type { ImageDirs } from './image-dirs.ts';
import { repositoryPaths } from './repository-path.ts';
import { NotServed } from './not-served.ts';
import { isCached } from './own-annotations.ts';
import type { Tree } from './tree.ts';

/** A directory, and the path of the repository that it belongs to. */
export interface Place {
  readonly dir: ImageDir;
  readonly path: string;
}

/** In which tag directory a digest was seen last; a wrong one only costs a search. */
const MAX_HINTS = 50_000;

export interface RepositoryDirsOptions {
  /** Stands before every name, with its slash. */
  readonly prefix: string;
  /** Of which repositories tags that the pull-through keeps are left out, as it answers for those itself. */
  readonly withoutCached: (repo: Repository) => boolean;
  readonly onNotServed: (reason: NotServed) => void;
}

/** Which directories a repository is the union of: the OCI layout at its path, then those below it, each a tag, then what
 *  archives above it have. */
export class RepositoryDirs {
  readonly #tree: Tree;
  readonly #prefix: string;
  readonly #dirs: ImageDirs;
  readonly #archives: Archives;
  readonly #onNotServed: (reason: NotServed) => void;
  readonly #withoutCached: (repo: Repository) => boolean;
  readonly #hints = new LRUCache<string, string>({ max: MAX_HINTS });

  constructor({ tree, dirs, archives }: Folder, { prefix, withoutCached, onNotServed }: RepositoryDirsOptions) {
    this.#withoutCached = withoutCached;
    this.#tree = tree;
    this.#archives = archives;
    this.#dirs = dirs;
    this.#prefix = prefix;
    this.#onNotServed = onNotServed;
  }

  /** Those in which a tag stands, with its manifest's digest, in the order in which they count. Adds to `why` what stands in
   *  the way of others. */
  async *tagged(repo: Repository, tag: Tag, why: NotServed[]): AsyncGenerator<Place & { digest: Digest }> {
    const cached: (Place & { digest: Digest })[] = [];
    for (const path of this.#paths(repo)) {
      const layout = await this.open(path, why);
      const inside = layout?.tags.get(tag);
      if (layout && inside) {
        const place = { dir: layout, path, digest: inside.digest };
        if (isCached(inside)) cached.push(place);
        else yield place;
      }
      const dir = await this.open(`${path}/${tag}`, why);
      if (dir?.root) yield { dir, path, digest: dir.root.digest };
    }
    for await (const dir of this.#inArchives(repo, why)) {
      const inside = dir.tags.get(tag);
      if (inside) yield { dir, path: dir.path, digest: inside.digest };
    }
    // What a person has put under the name comes before what was fetched.
    if (!this.#withoutCached(repo)) yield* cached;
  }

  /** Those in which a digest may be: where it was last, then all of them. */
  async *holding(repo: Repository, digest: Digest): AsyncGenerator<Place & { digest: Digest }> {
    for (const path of this.#paths(repo)) {
      const hint = this.#hints.get(hintKey(path, digest));
      const dir = hint === undefined ? undefined : await this.open(hint);
      if (dir) yield { dir, path, digest };
    }
    for await (const { dir, path } of this.all(repo)) yield { dir, path, digest };
  }

  /** All of them; `tag` is that of a tag directory. */
  async *all(repo: Repository): AsyncGenerator<Place & { tag?: Tag }> {
    for (const path of this.#paths(repo)) {
      const layout = await this.open(path);
      if (layout?.format === 'oci-layout') yield { dir: layout, path };
      for (const tag of this.#tree.list(path).directories) {
        const dir = isTag(tag) ? await this.open(`${path}/${tag}`) : undefined;
        if (dir?.root) yield { dir, path, tag: tag as Tag };
      }
    }
    for await (const dir of this.#inArchives(repo)) yield { dir, path: dir.path };
  }

  /** Remembers that what a manifest names lies beside it. In a layout nothing need be searched. */
  remember({ dir, path }: Place, { descriptor, document }: ReadManifest): void {
    if (dir.path === path) return;
    const { config, layers, manifests } = document;
    for (const { digest } of [descriptor, ...(config ? [config] : []), ...layers, ...manifests]) {
      this.#hints.set(hintKey(path, digest), dir.path);
    }
  }

  /** Opens a directory; one that cannot be served is as good as none, and told of. */
  async open(path: string, why?: NotServed[]): Promise<ImageDir | undefined> {
    try {
      return await this.#dirs.open(path);
    } catch (err) {
      if (!(err instanceof NotServed)) throw err;
      this.#onNotServed(err);
      why?.push(err);
      return undefined;
    }
  }

  #inArchives(repo: Repository, why?: NotServed[]): AsyncGenerator<ImageDir> {
    const full = formatRepository(repo);
    const name = full.startsWith(this.#prefix) ? full.slice(this.#prefix.length) : '';
    return this.#archives.holding(name, (reason) => {
      this.#onNotServed(reason);
      why?.push(reason);
    });
  }

  #paths(repo: Repository): string[] {
    if (this.#prefix === '') return repositoryPaths(repo);
    const full = formatRepository(repo);
    const name = full.slice(this.#prefix.length);
    return full.startsWith(this.#prefix) && isRepositoryName(name) ? repositoryPaths({ name }) : [];
  }
}

const hintKey = (path: string, digest: Digest): string => `${path} ${digest}`;
