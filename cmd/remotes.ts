import picomatch from 'picomatch';
import type { Log } from '../api/log.ts';
import type { Host } from '../api/oci/repository.ts';
import type { Remote } from '../api/pull/remote.ts';
import { createTtlOf } from '../api/pull/tag-policies.ts';
import type { Config } from './config.ts';
import type { UpstreamConfig } from './config/upstream.ts';
import type { Traffic } from '../api/upstream/traffic.ts';
import { Problems } from './failure.ts';
import { proxyOf } from './proxy.ts';
import { openEndpoints } from './upstream-endpoints.ts';
import { readVersion } from './version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The upstreams of a configuration, ready to be asked; no connection is opened. `env` names proxies and secrets; `trafficOf` gives
 *  who counts what goes over the wire. Throws Problems for
 *  files that cannot be read, of all upstreams together. */
export async function openRemotes(
  { upstreams, limits }: Config,
  env: Env,
  log: Log,
  trafficOf?: (host: Host) => Traffic,
): Promise<Map<Host, Remote>> {
  // What it is made of is large, and most registries have no upstream.
  const { UpstreamRegistry } = await import('../api/upstream/upstream-registry.ts');
  const proxy = proxyOf(env);
  const problems: string[] = [];
  const remotes = new Map<Host, Remote>();
  for (const upstream of upstreams) {
    const endpoints = await openEndpoints(upstream, env).catch((err: unknown) => {
      if (!(err instanceof Problems)) throw err;
      problems.push(...err.problems);
    });
    if (endpoints === undefined) continue;
    const { host, timeouts, bandwidthBytesPerSecond, staleIfError } = upstream;
    const registry = new UpstreamRegistry({
      host,
      endpoints: endpoints.map((endpoint) => ({ ...endpoint, ...(proxy && { proxy }) })),
      timeouts,
      ...(bandwidthBytesPerSecond !== undefined && { bandwidthBytesPerSecond }),
      maxManifestBytes: limits.manifestBytes,
      userAgent: `ociregistry/${readVersion()}`,
      log,
      ...(trafficOf && { traffic: trafficOf(host) }),
    });
    remotes.set(host, { registry, allows: allowsOf(upstream), ttlOf: createTtlOf(upstream.tags), staleIfError });
  }
  if (problems.length > 0) throw new Problems(problems);
  return remotes;
}

function allowsOf({ repositories }: UpstreamConfig): (name: string) => boolean {
  return repositories.length === 0 ? () => true : picomatch([...repositories]);
}
