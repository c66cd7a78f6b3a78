import { join, resolve } from 'node:path';
import type { Log } from '../api/log.ts';
import type { Host, Repository } from '../api/oci/repository.ts';
import { openPullThrough } from '../api/pull/open-pull-through.ts';
import type { Remote } from '../api/pull/remote.ts';
import { Routes } from '../api/pull/routes.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { KNOWN } from '../api/store/paths.ts';
import { NotedTimes } from '../api/store/noted-times.ts';
import { Store } from '../api/store/store.ts';
import { UsageTimes } from '../api/store/usage-times.ts';
import { compose, type Composed } from './compose.ts';
import type { Config } from './config.ts';
import { openKeeping } from './keeping.ts';
import { openRemotes } from './remotes.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What is served, wired together. */
export interface Served extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** Does what need not be done before the first request, and begins what goes on in the background. */
  readonly prepare: Composed['prepare'];
}

/** Wires what a configuration says is to be served: what is here, and in front of it the upstreams, if there are some. `env` names
 *  proxies and secrets. */
export async function composeServed(config: Config, env: Env, log: Log): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const used = await UsageTimes.open(join(config.images, KNOWN), log);
  stack.defer(() => used.flush());
  const registry =
    config.upstreams.length === 0
      ? stack.use(await compose(config, log, { used }))
      : await composeMirror(config, await remotesOf(config, env, log), used, log, stack);
  const open = stack.move();
  return { ...registry, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** None when nothing may be fetched: what is here of upstreams is served all the same. */
async function remotesOf(config: Config, env: Env, log: Log): Promise<ReadonlyMap<Host, Remote>> {
  log.info(describeUpstreams(config));
  return config.airGapped ? new Map() : openRemotes(config, env, log);
}

async function composeMirror(
  config: Config,
  remotes: ReadonlyMap<Host, Remote>,
  used: UsageTimes,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<Omit<Served, typeof Symbol.asyncDispose>> {
  const hosts = new Set(config.upstreams.map(({ host }) => host));
  const routesWith = (hasFolder: (host: Host) => boolean): Routes =>
    new Routes({ hosts, defaultHost: config.defaultUpstream, hasFolder });
  const composed = stack.use(
    await compose(config, log, {
      used,
      naming: (hasFolder) => {
        const routes = routesWith(hasFolder);
        return (repo) => routes.namesOf(repo);
      },
      withoutCached: (repo) => isPulledThrough(repo, remotes),
    }),
  );
  if (remotes.size === 0) return composed;

  const checks = await NotedTimes.open(join(config.images, KNOWN), { name: 'checked', what: 'looked up tags' }, log);
  stack.defer(() => checks.flush());
  const store = stack.use(new Store(resolve(config.images)));
  const keeping = stack.use(openKeeping(config, { store, usage: used, log }));
  const { registry } = stack.use(
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
    }),
  );
  const prepare: Served['prepare'] = async (signal) => {
    keeping.start();
    await composed.prepare(signal);
  };
  return { registry, prepare };
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
