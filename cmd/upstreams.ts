import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../api/log.ts';
import type { Host } from '../api/oci/repository.ts';
import type { Registry } from '../api/registry.ts';
import { dockerConfigCredentials, loadDockerConfig, type DockerConfig } from '../api/upstream/docker-config.ts';
import { endpointsFor, type EndpointOptions } from '../api/upstream/endpoint-options.ts';
import { UpstreamRegistry, type UpstreamRegistryOptions } from '../api/upstream/upstream-registry.ts';
import type { Config } from './config.ts';
import { defaultEndpoint, type EndpointConfig } from './config/upstream.ts';
import { reasonOf } from './failure.ts';
import type { FetchOptions } from './load-request.ts';
import { proxyOf } from './proxy.ts';
import { openEndpoints } from './upstream-endpoints.ts';
import { readVersion } from './version.ts';

/** What a registry is asked with. */
type HostOptions = Pick<
  UpstreamRegistryOptions,
  'endpoints' | 'timeouts' | 'maxManifestBytes' | 'bandwidthBytesPerSecond'
>;

/** The registries that images are fetched from, each opened when it is first asked for. */
export class Upstreams implements AsyncDisposable {
  readonly #optionsOf: (host: Host) => Promise<HostOptions>;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #open = new Map<Host, Promise<UpstreamRegistry>>();

  /** `signal` ends whatever is being asked. */
  constructor(optionsOf: (host: Host) => Promise<HostOptions>, log: Log, signal: AbortSignal) {
    this.#optionsOf = optionsOf;
    this.#log = log;
    this.#signal = signal;
  }

  /** Throws for a file that the registry needs and that cannot be read. */
  async registryOf(host: Host): Promise<Registry> {
    const registry = await this.#registryOf(host);
    const patience = { signal: this.#signal };
    return {
      statManifest: (repo, reference) => registry.statManifest(repo, reference, patience),
      getManifest: (repo, reference) => registry.getManifest(repo, reference, patience),
      statBlob: (repo, digest) => registry.statBlob(repo, digest, patience),
      openBlob: (repo, digest, range) => registry.openBlob(repo, digest, range, patience),
    };
  }

  #registryOf(host: Host): Promise<UpstreamRegistry> {
    const known = this.#open.get(host);
    if (known) return known;
    const userAgent = `ociregistry/${readVersion()}`;
    const opened = this.#optionsOf(host).then(
      (options) => new UpstreamRegistry({ host, ...options, log: this.#log, userAgent, breaks: false }),
    );
    this.#open.set(host, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not be opened has told whoever wanted it.
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : [])));
  }
}

/** Hosts of the configuration file are asked as it says, others as `options` do; flags and variables name URLs of either. `env` names
 *  proxies, and where the files of credentials are. Throws for a file of the options that cannot be read. */
export async function openUpstreams(
  { upstreams, limits }: Config,
  options: FetchOptions,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  signal: AbortSignal,
): Promise<Upstreams> {
  const ca = options.ca === undefined ? undefined : await readCa(options.ca);
  const files = await credentialFiles(options.dockerConfig, env);
  const { plainHttp, insecure } = options;
  const named = (host: Host, endpoints: readonly EndpointConfig[]): EndpointOptions[] => {
    const own = endpointsFor(host, { plainHttp, insecure, ...(ca !== undefined && { ca }) });
    return endpoints
      .flatMap(({ url, isDefault }) => own.map((each) => (isDefault ? each : { ...each, url })))
      .map((endpoint) => ({ ...endpoint, credentials: dockerConfigCredentials(files, endpoint.url) }));
  };
  const proxy = proxyOf(env);
  const through = (endpoint: EndpointOptions): EndpointOptions => ({ ...endpoint, ...(proxy && { proxy }) });
  const optionsOf = async (host: Host): Promise<HostOptions> => {
    const upstream = upstreams.find((each) => each.host === host);
    const maxManifestBytes = limits.manifestBytes;
    if (upstream === undefined)
      return {
        endpoints: named(host, [defaultEndpoint(host, '', { isFromFile: false })]).map(through),
        maxManifestBytes,
      };
    const { endpoints, timeouts, bandwidthBytesPerSecond = 0 } = upstream;
    const isFromFile = endpoints.some((endpoint) => endpoint.isFromFile);
    return {
      endpoints: (isFromFile ? await openEndpoints(upstream, env) : named(host, endpoints)).map(through),
      timeouts,
      bandwidthBytesPerSecond,
      maxManifestBytes,
    };
  };
  return new Upstreams(optionsOf, log, signal);
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`--ca ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** The file that was named, else those where podman, skopeo and docker keep credentials, as far as they are there. */
async function credentialFiles(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DockerConfig[]> {
  if (named !== undefined) return [await loadDockerConfig(named)];
  const variable = env['REGISTRY_AUTH_FILE'];
  if (variable !== undefined && variable !== '') return [await loadDockerConfig(variable)];
  const runtime = env['XDG_RUNTIME_DIR'];
  const docker = env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const places = [...(runtime ? [join(runtime, 'containers', 'auth.json')] : []), join(docker, 'config.json')];
  const found = [];
  for (const place of places) if (existsSync(place)) found.push(await loadDockerConfig(place));
  return found;
}
