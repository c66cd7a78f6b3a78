import { resolve, join } from 'node:path';
import type { Log } from '../api/log.ts';
import type { Host } from '../api/oci/repository.ts';
import { openPullThrough } from '../api/pull/open-pull-through.ts';
import { Routes } from '../api/pull/routes.ts';
import type { Lister, Registry } from '../api/registry.ts';
import { KNOWN } from '../api/store/paths.ts';
import { NotedTimes } from '../api/store/noted-times.ts';
import { Store } from '../api/store/store.ts';
import { UsageTimes } from '../api/store/usage-times.ts';
import { compose } from './compose.ts';
import type { Config } from './config.ts';
import { openRemotes } from './remotes.ts';

/** What is served, wired together. */
export interface Served extends AsyncDisposable {
  readonly registry: Registry & Lister;
  /** Unpacks the archives that have to be, before somebody asks for what is in them. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** Wires what a configuration says is to be served: what is here, and in front of it the upstreams, if there are some. `env` names
 *  proxies and secrets. */
export async function composeServed(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const used = await UsageTimes.open(join(config.images, KNOWN), log);
  stack.defer(() => used.flush());
  const hosts = new Set(config.upstreams.map(({ host }) => host));
  if (hosts.size === 0) {
    const { registry, prepare } = stack.use(await compose(config, log, { used }));
    return served({ registry, prepare }, stack);
  }

  const remotes = config.airGapped ? new Map<Host, never>() : await openRemotes(config, env, log);
  let hasFolder: (host: Host) => boolean = () => false;
  const routes = new Routes({
    hosts,
    defaultHost: config.defaultUpstream,
    hasFolder: (host) => hasFolder(host),
  });
  const composed = stack.use(
    await compose(config, log, {
      used,
      naming: (hasHost) => {
        hasFolder = hasHost;
        return (repo) => routes.namesOf(repo);
      },
      withoutCached: (repo) => {
        const upstream = routes.of(repo);
        return upstream !== undefined && remotes.get(upstream.host)?.allows(upstream.name) === true;
      },
    }),
  );
  const { registry: local, images, known, prepare } = composed;
  if (remotes.size === 0) return served({ registry: local, prepare }, stack);

  const checks = await NotedTimes.open(join(config.images, KNOWN), { name: 'checked', what: 'looked up tags' }, log);
  stack.defer(() => checks.flush());
  const store = stack.use(new Store(resolve(config.images)));
  const pullThrough = stack.use(
    openPullThrough({
      routes,
      remotes,
      store,
      dirs: images.folder.dirs,
      known,
      images: images.registry,
      local,
      checks,
      log,
      onPulled: (repo, reference) => used.note(repo, reference),
      onKept: () => undefined,
    }),
  );
  return served({ registry: pullThrough.registry, prepare }, stack);
}

function served(parts: Omit<Served, typeof Symbol.asyncDispose>, stack: AsyncDisposableStack): Served {
  const open = stack.move();
  return { ...parts, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
