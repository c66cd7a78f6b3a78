import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unescapeComponent } from '../folder/repository-path.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { isHost, isRepositoryName, parseHost, type Repository } from '../oci/repository.ts';
import { isTemporary } from './durable.ts';
import type { Store } from './store.ts';
import type { Unlinker } from './unlinker.ts';

/** A directory below the images folder that may be a repository's. */
export interface RepositoryDirectory {
  readonly repo: Repository;
  readonly path: string;
  readonly isLayout: boolean;
  /** What a process that died has left in it. */
  readonly temporaries: readonly string[];
}

/** Every directory that we may have written into: what is reached by a link, or has no repository's name, a person has made. */
export async function* repositoryDirectories(store: Store): AsyncGenerator<RepositoryDirectory> {
  yield* visit(store, store.root, []);
}

/** Which of these blobs no layout has. Where blobs are copied into layouts, the number of links does not tell. */
export async function inNoLayout(
  store: Store,
  unlinker: Unlinker,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  const unseen = new Set(digests);
  const algorithms = new Set(digests.map((digest) => splitDigest(digest).algorithm));
  if (unseen.size === 0) return [];
  for await (const { path, isLayout } of repositoryDirectories(store)) {
    if (!isLayout) continue;
    for (const algorithm of algorithms) {
      const folder = join(path, 'blobs', algorithm);
      for (const { name } of await list(folder)) {
        const digest = `${algorithm}:${name}` as Digest;
        // A dry run still finds there what would be gone.
        if (unseen.has(digest) && (await unlinker.look(join(folder, name)))) unseen.delete(digest);
      }
    }
  }
  return [...unseen];
}

async function* visit(store: Store, path: string, name: readonly string[]): AsyncGenerator<RepositoryDirectory> {
  const found = await list(path);
  const isLayout = found.some((entry) => entry.name === 'oci-layout' && entry.isFile());
  const repo = repositoryOf(name);
  if (repo !== undefined && store.layoutOf(repo) === path) {
    const temporaries = found.filter((entry) => isTemporary(entry.name)).map((entry) => join(path, entry.name));
    yield { repo, path, isLayout, temporaries };
  }
  for (const entry of found) {
    if (!entry.isDirectory() || (isLayout && entry.name === 'blobs')) continue;
    const component = unescapeComponent(entry.name, name.length === 0);
    if (component !== undefined) yield* visit(store, join(path, entry.name), [...name, component]);
  }
}

function repositoryOf(components: readonly string[]): Repository | undefined {
  const [first = '', ...rest] = components;
  const [host, name] = first.includes(':') ? [first, rest.join('/')] : [undefined, components.join('/')];
  if (!isRepositoryName(name) || (host !== undefined && !isHost(host))) return undefined;
  return { ...(host !== undefined && { host: parseHost(host) }), name };
}

/** Nothing where there is no such directory any more, or we may not look into it. */
async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (err) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((err as NodeJS.ErrnoException).code ?? '')) return [];
    throw err;
  }
}
