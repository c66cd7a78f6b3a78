import { join } from 'node:path';
import { FolderRegistry } from '../api/folder/folder-registry.ts';
import { KnownDigests } from '../api/folder/known-digests.ts';
import type { Log } from '../api/log.ts';
import { NamedRegistry } from '../api/named-registry.ts';
import type { Digest } from '../api/oci/digest.ts';
import type { Repository } from '../api/oci/repository.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { UnionRegistry } from '../api/union-registry.ts';
import type { Config } from './config.ts';
import { openSources, type Source } from './sources.ts';

/** All that a command works with, wired together. */
export interface Composed extends AsyncDisposable {
  readonly registry: Registry & Lister;
  readonly sources: readonly Source[];
  readonly known: KnownDigests;
  /** The directory that a manifest is served from; undefined when it is in none, as the sample. */
  locate(repo: Repository, digest: Digest): Promise<string | undefined>;
}

/** Where what was verified is remembered, in the images folder. */
const KNOWN_FOLDER = '_known';

/** Wires the registry that a configuration describes: the images folder, then the mounts, then the sample. */
export async function compose(config: Config, log: Log): Promise<Composed> {
  const sources = await openSources(config);
  const known = await KnownDigests.open(join(config.images, KNOWN_FOLDER), log);
  const folders = sources.map((source) => new FolderRegistry({ ...source, known, log }));
  const samples = config.sample ? [await (await import('../api/sample/image.ts')).createSample()] : [];
  const union = new UnionRegistry([...folders, ...samples]);
  const registry = new NamedRegistry(union, (host) => folders.some((folder) => folder.hasHost(host)));
  return {
    registry,
    sources,
    known,
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
