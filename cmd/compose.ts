import { join } from 'node:path';
import type { FolderOptions } from '../api/folder/folder.ts';
import { FolderRegistry } from '../api/folder/folder-registry.ts';
import { KnownDigests } from '../api/folder/known-digests.ts';
import type { Log } from '../api/log.ts';
import { NamedRegistry } from '../api/named-registry.ts';
import type { Digest } from '../api/oci/digest.ts';
import type { Repository } from '../api/oci/repository.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { KNOWN, UNPACKED } from '../api/store/paths.ts';
import { UsageTimes } from '../api/store/usage-times.ts';
import { UnionRegistry } from '../api/union-registry.ts';
import { UsageRegistry } from '../api/usage-registry.ts';
import type { Config } from './config.ts';
import { openSources } from './sources.ts';

/** All that a command works with, wired together. */
export interface Composed extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** The images folder, then the mounts. */
  readonly folders: readonly FolderOptions[];
  /** Unpacks the archives that have to be, before somebody asks for what is in them. */
  prepare(signal: AbortSignal): Promise<void>;
  /** The directory that a manifest is served from; undefined when it is in none, as the sample. */
  locate(repo: Repository, digest: Digest): Promise<string | undefined>;
}

/** Wires the registry that a configuration describes: the images folder, then the mounts, then the sample. `notesUse` says whether
 *  what is pulled from the images folder is remembered, for who removes what is not. */
export async function compose(config: Config, log: Log, { notesUse = false } = {}): Promise<Composed> {
  const known = await KnownDigests.open(join(config.images, KNOWN), log);
  const unpacked = join(config.images, UNPACKED);
  const unpackLimits = config.limits.unpack;
  const options = (await openSources(config)).map((source) => ({ ...source, known, unpacked, unpackLimits }));
  const folders = options.map((folder) => new FolderRegistry({ ...folder, log }));
  const samples = config.sample ? [await (await import('../api/sample/image.ts')).createSample()] : [];
  const used = notesUse ? await UsageTimes.open(join(config.images, KNOWN), log) : undefined;
  const members = folders.map((folder, i) => (used && i === 0 ? new UsageRegistry(folder, used) : folder));
  const union = new UnionRegistry([...members, ...samples]);
  const registry = new NamedRegistry(union, (host) => folders.some((folder) => folder.hasHost(host)));
  return {
    registry,
    folders: options,
    prepare: async (signal) => {
      for (const folder of folders) await folder.prepare(signal);
    },
    locate: async (repo, digest) => {
      for (const name of registry.names(repo)) {
        for (const folder of folders) {
          const path = await folder.locate(name, digest);
          if (path !== undefined) return path;
        }
      }
      return undefined;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([known.flush(), used?.flush()]);
    },
  };
}
