import { resolve } from 'node:path';
import type { Log } from '../api/log.ts';
import { MeteredRegistry } from '../api/metrics/metered-registry.ts';
import type { Host, Repository } from '../api/oci/repository.ts';
import { FillQueue } from '../api/pull/fill-queue.ts';
import { openPullThrough } from '../api/pull/open-pull-through.ts';
import type { Remote } from '../api/pull/remote.ts';
import { Routes } from '../api/pull/routes.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { Store } from '../api/store/store.ts';
import { namesWithoutUpstreams } from '../api/repository-names.ts';
import { namesToServe } from './auth.ts';
import { compose, type Composed } from './compose.ts';
import type { Config } from './config.ts';
import { openKeeping } from './keeping.ts';
import type { Records } from './records.ts';
import { openRemotes } from './remotes.ts';
import type { Inside, Watch } from './watch.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What is served, wired together. */
export interface Served extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** Does what need not be done before the first request, and begins what goes on in the background until the signal ends it. */
  readonly prepare: Composed['prepare'];
  /** Resolves when no download is under way, and all that was fetched is kept. */
  readonly idle: () => Promise<void>;
  /** Which hosts have a folder of their own. */
  readonly hasFolder: Composed['hasFolder'];
}

/** What a served folder is wired with beside its configuration. */
export interface Surroundings {
  /** Names proxies and secrets. */
  readonly env: Env;
  readonly log: Log;
  /** Of the images folder. */
  readonly records: Records;
  /** On whose behalf something is done just now. */
  readonly currentClient: () => string;
  /** Looks into what is served, where somebody wants to know. */
  readonly watch?: Watch;
}

/** Wires what a configuration says is to be served: what is here, and in front of it the upstreams, if there are some. */
export async function composeServed(config: Config, surroundings: Surroundings): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const { log, records, watch } = surroundings;
  const served =
    config.upstreams.length === 0
      ? {
          ...stack.use(await compose(config, log, { ...records, naming: namesToServe(config, namesWithoutUpstreams) })),
          idle: () => Promise.resolve(),
        }
      : await composeMirror(config, await remotesOf(config, surroundings), surroundings, stack);
  if (watch) stack.use(watch.add({ ...NOTHING_FETCHED, ...served }));
  const prepare: Served['prepare'] = async (signal) => {
    await served.prepare(signal);
    watch?.indexed();
  };
  const open = stack.move();
  return { ...served, prepare, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** None when nothing may be fetched: what is here of upstreams is served all the same. */
async function remotesOf(config: Config, { env, log, watch }: Surroundings): Promise<ReadonlyMap<Host, Remote>> {
  log.info(describeUpstreams(config));
  return config.airGapped ? new Map() : openRemotes(config, env, log, watch?.metrics.trafficOf);
}

const NOTHING_FETCHED: Omit<Inside, 'folders'> = { remotes: new Map(), fills: () => [], isDiskFull: () => false };

async function composeMirror(
  config: Config,
  remotes: ReadonlyMap<Host, Remote>,
  { log, records: { known, used, checks }, currentClient, watch }: Surroundings,
  stack: AsyncDisposableStack,
): Promise<Omit<Served, typeof Symbol.asyncDispose> & Pick<Inside, 'folders'> & Partial<Inside>> {
  const hosts = new Set(config.upstreams.map(({ host }) => host));
  const routesWith = (hasFolder: (host: Host) => boolean): Routes =>
    new Routes({ hosts, defaultHost: config.defaultUpstream, hasFolder });
  const composed = stack.use(
    await compose(config, log, {
      known,
      used,
      naming: namesToServe(config, (hasFolder) => {
        const routes = routesWith(hasFolder);
        return (repo) => routes.namesOf(repo);
      }),
      withoutCached: (repo) => isPulledThrough(repo, remotes),
    }),
  );
  if (remotes.size === 0) return { ...composed, idle: () => Promise.resolve() };

  const store = stack.use(new Store(resolve(config.images)));
  const keeping = stack.use(openKeeping(config, { store, usage: used, log, onEvicted: watch?.metrics.pruned }));
  const pullThrough = stack.use(
    openPullThrough({
      routes: routesWith(composed.hasFolder),
      remotes,
      store,
      dirs: composed.images.folder.dirs,
      known: composed.known,
      images: composed.images.registry,
      local: composed.registry,
      checks,
      log,
      onPulled: (repo, reference) => used.note(repo, reference),
      onKept: (bytes) => keeping.grew(bytes),
      queue: new FillQueue({ atOnce: config.limits.fills, currentClient }),
    }),
  );
  const prepare: Served['prepare'] = async (signal) => {
    keeping.start();
    signal.addEventListener('abort', () => void keeping.stop(), { once: true });
    await composed.prepare(signal);
  };
  const idle = async (): Promise<void> => {
    await pullThrough.blobs.idle();
    await pullThrough.idle();
  };
  return {
    registry: watch
      ? new MeteredRegistry(
          pullThrough.registry,
          (repo) => pullThrough.registry.upstreamOf(repo),
          watch.metrics.cacheUsed,
        )
      : pullThrough.registry,
    prepare,
    idle,
    hasFolder: composed.hasFolder,
    folders: composed.folders,
    remotes,
    fills: () => pullThrough.blobs.running,
    isDiskFull: () => keeping.isDiskFull,
  };
}

/** Whether the tags that were fetched of a repository, by its full name, are the pull-through's to answer for. */
function isPulledThrough({ host, name }: Repository, remotes: ReadonlyMap<Host, Remote>): boolean {
  const [first = '', ...rest] = name.split('/');
  const remote = remotes.get(host ?? (first as Host));
  return remote?.allows(host === undefined ? rest.join('/') : name) === true;
}

function describeUpstreams({ upstreams, defaultUpstream, airGapped }: Config): string {
  const each = upstreams.map(({ host, endpoints }) => `${host} (${endpoints.map(({ url }) => url).join(', ')})`);
  const names = airGapped ? 'air-gapped: nothing is fetched from' : 'pulls through';
  const byDefault = defaultUpstream === undefined ? '' : `; names without a host are ${defaultUpstream}'s`;
  return `${names} ${each.join(', ')}${byDefault}`;
}
