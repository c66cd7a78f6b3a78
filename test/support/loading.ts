import { join } from 'node:path';
import pLimit from 'p-limit';
import { openFolder } from '../../api/folder/folder.ts';
import { KnownDigests } from '../../api/folder/known-digests.ts';
import { ImageLoader, type Loaded } from '../../api/load/image-loader.ts';
import { IngestingHasher } from '../../api/load/ingesting-hasher.ts';
import { Load, type Job, type LoadOptions } from '../../api/load/load.ts';
import { openLocalImages } from '../../api/load/local-images.ts';
import { silentProgress } from '../../api/progress.ts';
import { StoredImages } from '../../api/load/stored-images.ts';
import { MemoryRegistry } from '../../api/memory-registry.ts';
import { parsePlatform } from '../../api/oci/platform.ts';
import { parsePullReference } from '../../api/oci/pull-reference.ts';
import type { Registry } from '../../api/registry.ts';
import { Store } from '../../api/store/store.ts';
import { keepingLog } from './keeping-log.ts';

interface Options {
  readonly registry?: Registry;
  readonly naming?: LoadOptions['naming'];
  /** `linux/amd64` */
  readonly platforms?: readonly string[];
  readonly refresh?: boolean;
  readonly dryRun?: boolean;
}

const platformsOf = (texts: readonly string[] = []) => texts.map((text) => parsePlatform(text)!);

/** Loads into a folder as the program does, one image after the other. Throws what the first that fails throws. */
async function load(
  root: string,
  options: Options,
  jobs: (load: Load, hasher: IngestingHasher, folder: string) => Promise<Job[]>,
) {
  using store = new Store(root);
  await using work = await store.begin();
  const { log, lines } = keepingLog();
  const known = await KnownDigests.open(join(root, '_known'), log);
  const loader = new ImageLoader({
    store,
    work,
    progress: silentProgress,
    inTurn: pLimit(2),
    dryRun: options.dryRun ?? false,
    now: () => new Date(),
    log,
  });
  const planner = new Load({
    loader,
    stored: new StoredImages(store, openFolder({ root, known }).dirs),
    registryOf: () => Promise.resolve(options.registry ?? new MemoryRegistry()),
    naming: options.naming ?? {},
    platforms: platformsOf(options.platforms),
    refresh: options.refresh ?? false,
  });
  const loaded: Loaded[] = [];
  for (const job of await jobs(planner, new IngestingHasher(work, known, silentProgress), work.folder)) {
    loaded.push(await job.run());
  }
  await known.flush();
  return { loaded, names: loaded.map(({ name }) => name), lines };
}

/** Loads a file or a folder. */
export function loadPath(root: string, path: string, options: Options = {}): ReturnType<typeof load> {
  return load(root, options, async (planner, hasher, unpacked) => {
    const images = await openLocalImages(path, { hasher, unpacked });
    if (images === undefined) throw new Error('no images');
    return planner.fromFile(images, path);
  });
}

/** Loads `host/name:tag` from the registry in the options. */
export function loadReference(
  root: string,
  reference: string,
  options: Options & { own?: readonly string[] } = {},
): ReturnType<typeof load> {
  const image = { ...parsePullReference(reference), platforms: platformsOf(options.own), at: '' };
  return load(root, options, (planner) => Promise.resolve(planner.fromRegistries([image])));
}
