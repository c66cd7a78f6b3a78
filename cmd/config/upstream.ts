import { DOCKER_HUB, type Host } from '../../api/oci/repository.ts';
import type { Timeouts } from '../../api/upstream/agent.ts';
import type { NamedUpstream } from './values.ts';

/** A registry that images are fetched from. */
export interface UpstreamConfig {
  readonly host: Host;
  /** Where it answers, tried in order; at least one. */
  readonly endpoints: readonly EndpointConfig[];
  /** Globs over names without the host, of which may be fetched; empty: all. */
  readonly repositories: readonly string[];
  /** The first that matches counts; the last matches every tag. */
  readonly tags: readonly TagPolicyConfig[];
  readonly staleIfError: boolean;
  readonly timeouts: Timeouts;
  readonly bandwidthBytesPerSecond: number | undefined;
  /** For messages: `FILE:LINE: upstreams.quay.io`, or `--upstream quay.io`. */
  readonly at: string;
}

export interface EndpointConfig {
  readonly url: string;
  /** Nobody said `url`: it follows from the host. */
  readonly isDefault: boolean;
  /** From the configuration file, and so all that there is to say about it is here. */
  readonly isFromFile: boolean;
  /** For messages: `FILE:LINE: upstreams.quay.io.endpoints[0]`, or `--upstream quay.io`. */
  readonly at: string;
  readonly tls: EndpointTls;
  readonly credentials?: EndpointCredentials;
}

/** Paths of PEM files. */
export interface EndpointTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecureSkipVerify: boolean;
}

export type EndpointCredentials =
  | { readonly username: string; readonly passwordFile: string }
  | { readonly username: string; readonly passwordEnv: string }
  | { readonly tokenFile: string }
  | { readonly dockerConfig: string };

/** When tags that match a glob are looked up again. */
export type TagPolicyConfig = { readonly match: string } & ({ readonly ttlMs: number } | { readonly immutable: true });

/** As of an upstream client that nobody configures. */
const DEFAULTS: Omit<UpstreamConfig, 'host' | 'at' | 'endpoints'> = {
  repositories: [],
  tags: [{ match: '*', ttlMs: 600_000 }],
  staleIfError: true,
  timeouts: { connectMs: 5_000, headersMs: 30_000, idleMs: 60_000 },
  bandwidthBytesPerSecond: undefined,
};

/** An upstream with what was said of it, and the rest as by default. */
export function upstreamConfig(
  host: Host,
  at: string,
  { tags = [], timeouts, ...said }: Partial<Omit<UpstreamConfig, 'timeouts'>> & { timeouts?: Partial<Timeouts> } = {},
): UpstreamConfig {
  return {
    host,
    at,
    endpoints: [defaultEndpoint(host, at, { isFromFile: false })],
    ...DEFAULTS,
    ...said,
    tags: tags.at(-1)?.match === '*' ? tags : [...tags, ...DEFAULTS.tags],
    timeouts: { ...DEFAULTS.timeouts, ...timeouts },
  };
}

/** Where a host answers unless somebody says otherwise. */
export function defaultEndpoint(
  host: Host,
  at: string,
  { isFromFile }: Pick<EndpointConfig, 'isFromFile'>,
): EndpointConfig {
  const address = host === DOCKER_HUB ? 'registry-1.docker.io' : host;
  return { url: `https://${address}`, isDefault: true, isFromFile, at, tls: { insecureSkipVerify: false } };
}

/** What flags or variables name, `by` which, before what was configured already: for a host of both, its endpoints are those named. */
export function withNamed(
  configured: readonly UpstreamConfig[],
  named: readonly NamedUpstream[],
  by: string,
): UpstreamConfig[] {
  const upstreams = new Map(configured.map((upstream) => [upstream.host, upstream]));
  for (const [host, said] of Map.groupBy(named, ({ host }) => host)) {
    const at = `${by} ${host}`;
    const endpoints = said.map(({ url }): EndpointConfig => {
      const byDefault = defaultEndpoint(host, at, { isFromFile: false });
      return url === undefined ? byDefault : { ...byDefault, url, isDefault: false };
    });
    upstreams.set(host, { ...(upstreams.get(host) ?? upstreamConfig(host, at)), endpoints });
  }
  return [...upstreams.values()];
}
