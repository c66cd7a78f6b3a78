import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../api/log.ts';
import type { Host } from '../api/oci/repository.ts';
import type { Registry } from '../api/registry.ts';
import { dockerConfigCredentials, loadDockerConfig, type DockerConfig } from '../api/upstream/docker-config.ts';
import { endpointsFor, type EndpointOptions } from '../api/upstream/endpoint-options.ts';
import { UpstreamRegistry } from '../api/upstream/upstream-registry.ts';
import type { Config } from './config.ts';
import { reasonOf } from './failure.ts';
import type { FetchOptions } from './load-request.ts';
import { readVersion } from './version.ts';

/** The registries that images are fetched from, each opened when it is first asked for. */
export class Upstreams implements AsyncDisposable {
  readonly #endpointsOf: (host: Host) => readonly EndpointOptions[];
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #open = new Map<Host, UpstreamRegistry>();

  /** `signal` ends whatever is being asked. */
  constructor(endpointsOf: (host: Host) => readonly EndpointOptions[], log: Log, signal: AbortSignal) {
    this.#endpointsOf = endpointsOf;
    this.#log = log;
    this.#signal = signal;
  }

  registryOf(host: Host): Registry {
    const registry = this.#registryOf(host);
    const patience = { signal: this.#signal };
    return {
      statManifest: (repo, reference) => registry.statManifest(repo, reference, patience),
      getManifest: (repo, reference) => registry.getManifest(repo, reference, patience),
      statBlob: (repo, digest) => registry.statBlob(repo, digest, patience),
      openBlob: (repo, digest, range) => registry.openBlob(repo, digest, range, patience),
    };
  }

  #registryOf(host: Host): UpstreamRegistry {
    const known = this.#open.get(host);
    if (known) return known;
    const userAgent = `ociregistry/${readVersion()}`;
    const opened = new UpstreamRegistry({ host, endpoints: this.#endpointsOf(host), log: this.#log, userAgent });
    this.#open.set(host, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((registry) => registry.close()));
  }
}

/** `env` says where the files of credentials are. Throws for a file that cannot be read. */
export async function openUpstreams(
  { upstreams }: Config,
  options: FetchOptions,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  signal: AbortSignal,
): Promise<Upstreams> {
  const ca = options.ca === undefined ? undefined : await readCa(options.ca);
  const files = await credentialFiles(options.dockerConfig, env);
  const urls = new Map(upstreams.map(({ host, url }) => [host, url]));
  return new Upstreams(
    (host) => {
      const { plainHttp, insecure } = options;
      const url = urls.get(host);
      return endpointsFor(host, { plainHttp, insecure, ...(ca !== undefined && { ca }) }).map((own) => {
        const endpoint = url === undefined ? own : { ...own, url };
        return { ...endpoint, credentials: dockerConfigCredentials(files, endpoint.url) };
      });
    },
    log,
    signal,
  );
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
