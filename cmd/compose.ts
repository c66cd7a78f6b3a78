import { join } from 'node:path';
import type { FolderOptions } from '../api/folder/folder.ts';
import { FolderRegistry } from '../api/folder/folder-registry.ts';
import { KnownDigests } from '../api/folder/known-digests.ts';
import type { Log } from '../api/log.ts';
import { NamedRegistry } from '../api/named-registry.ts';
import type { Digest } from '../api/oci/digest.ts';
import type { Repository } from '../api/oci/repository.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { UnionRegistry } from '../api/union-registry.ts';
import type { Config } from './config.ts';
import { openSources } from './sources.ts';

/** All that a command works with, wired together. */
export interface Composed extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** The images folder, then the mounts. */
  readonly folders: readonly FolderOptions[];
  /** The directory that a manifest is served from; undefined when it is in none, as the sample. */
  locate(repo: Repository, digest: Digest): Promise<string | undefined>;
}

/** Folders of ours in the images folder: what was verified is remembered in one, compressed archives are unpacked in the other. */
export const KNOWN_FOLDER = '_known';
const UNPACKED_FOLDER = '_unpacked';

/** Wires the registry that a configuration describes: the images folder, then the mounts, then the sample. */
export async function compose(config: Config, log: Log): Promise<Composed> {
  const known = await KnownDigests.open(join(config.images, KNOWN_FOLDER), log);
  const unpacked = join(config.images, UNPACKED_FOLDER);
  const options = (await openSources(config)).map((source) => ({ ...source, known, unpacked }));
  const folders = options.map((folder) => new FolderRegistry({ ...folder, log }));
  const samples = config.sample ? [await (await import('../api/sample/image.ts')).createSample()] : [];
  const union = new UnionRegistry([...folders, ...samples]);
  const registry = new NamedRegistry(union, (host) => folders.some((folder) => folder.hasHost(host)));
  return {
    registry,
    folders: options,
    locate: async (repo, digest) => {
      for (const name of registry.names(repo)) {
        for (const folder of folders) {
          const path = await folder.locate(name, digest);
          if (path !== undefined) return path;
        }
      }
      return undefined;
    },
    [Symbol.asyncDispose]: () => known.flush(),
  };
}
