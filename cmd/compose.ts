import { join } from 'node:path';
import { openFolder, type Folder, type FolderOptions } from '../api/folder/folder.ts';
import { FolderRegistry, type FolderRegistryOptions } from '../api/folder/folder-registry.ts';
import { KnownDigests } from '../api/folder/known-digests.ts';
import type { Log } from '../api/log.ts';
import { NamedRegistry } from '../api/named-registry.ts';
import type { Digest } from '../api/oci/digest.ts';
import type { Host, Repository } from '../api/oci/repository.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { namesWithoutUpstreams, type NamesOf } from '../api/repository-names.ts';
import { KNOWN, UNPACKED } from '../api/store/paths.ts';
import { UnionRegistry } from '../api/union-registry.ts';
import { UsageRegistry, type UsageRecorder } from '../api/usage-registry.ts';
import type { Config } from './config.ts';
import { openSources } from './sources.ts';

/** All that a command works with, wired together. */
export interface Composed extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** The images folder, then the mounts. */
  readonly folders: readonly FolderOptions[];
  /** The images folder, and as it is served alone. */
  readonly images: { readonly folder: Folder; readonly registry: FolderRegistry };
  readonly known: KnownDigests;
  /** Unpacks the archives that have to be, before somebody asks for what is in them. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  /** Which hosts have a folder of their own. */
  readonly hasFolder: (host: Host) => boolean;
  /** The directory that a manifest is served from; undefined when it is in none, as the sample. */
  locate(repo: Repository, digest: Digest): Promise<string | undefined>;
}

export interface ComposeOptions {
  /** What is known of files already; read from the images folder by default. */
  readonly known?: KnownDigests;
  /** Told what is pulled from the images folder, for who removes what is not. */
  readonly used?: UsageRecorder;
  /** By what names repositories are known, given which hosts have a folder; as without upstreams by default. */
  readonly naming?: (hasFolder: (host: Host) => boolean) => NamesOf;
  /** Of the images folder. */
  readonly withoutCached?: NonNullable<FolderRegistryOptions['withoutCached']>;
}

/** Wires the registry that a configuration describes: the images folder, then the mounts, then the sample. */
export async function compose(config: Config, log: Log, options: ComposeOptions = {}): Promise<Composed> {
  const { used, naming = namesWithoutUpstreams, withoutCached } = options;
  const known = options.known ?? (await KnownDigests.open(join(config.images, KNOWN), log));
  const unpacked = join(config.images, UNPACKED);
  const unpackLimits = config.limits.unpack;
  const sources = (await openSources(config)).map((source) => ({ ...source, known, unpacked, unpackLimits }));
  const opened = sources.map((source) => ({ folder: openFolder(source), prefix: source.prefix }));
  const folders = opened.map(
    ({ folder, prefix }, i) =>
      new FolderRegistry({ folder, prefix, log, ...(i === 0 && withoutCached && { withoutCached }) }),
  );
  const samples = config.sample ? [await (await import('../api/sample/image.ts')).createSample()] : [];
  const members = folders.map((folder, i) => (used && i === 0 ? new UsageRegistry(folder, used) : folder));
  const hasFolder = (host: Host): boolean => folders.some((folder) => folder.hasHost(host));
  const namesOf = naming(hasFolder);
  return {
    registry: new NamedRegistry(new UnionRegistry([...members, ...samples]), namesOf),
    folders: sources,
    images: { folder: opened[0]!.folder, registry: folders[0]! },
    known,
    hasFolder,
    prepare: async (signal) => {
      for (const folder of folders) await folder.prepare(signal);
    },
    locate: async (repo, digest) => {
      for (const name of namesOf(repo)) {
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
