import { isHost, parseHost, type Host } from '../../api/oci/repository.ts';
import { pointerOf } from './pointer.ts';
import type { FileUpstream } from './schema.ts';
import {
  defaultEndpoint,
  upstreamConfig,
  type EndpointConfig,
  type EndpointCredentials,
  type EndpointTls,
  type TagPolicyConfig,
  type UpstreamConfig,
} from './upstream.ts';
import type { Mistake } from './validator.ts';
import { parseDuration } from '../duration.ts';
import { parseRate } from '../size.ts';

type Said = NonNullable<FileUpstream>;
type SaidEndpoint = NonNullable<Said['endpoints']>[number];

/** What the upstreams in a file are read with. */
interface Reading {
  /** For messages: `FILE:LINE: upstreams.quay.io`, of keys one below the other. */
  readonly at: (...keys: readonly (string | number)[]) => string;
  /** Makes a path absolute. */
  readonly absolute: (path: string) => string;
}

/** The upstreams of a configuration file, which has been checked. */
export function readUpstreams(upstreams: Readonly<Record<string, FileUpstream>>, reading: Reading): UpstreamConfig[] {
  return Object.entries(upstreams).map(([name, said]) => readUpstream(parseHost(name), name, said ?? {}, reading));
}

/** Upstreams that are one registry by several names, in a configuration file that may be wrong in any other way. */
export function findAliases(contents: unknown): Mistake[] {
  const upstreams = (contents as { readonly upstreams?: unknown }).upstreams;
  const names = typeof upstreams === 'object' && upstreams !== null ? Object.keys(upstreams).filter(isHost) : [];
  return [...Map.groupBy(names, parseHost).values()].flatMap(([first, ...others]) =>
    others.map((name) => ({
      pointer: pointerOf(['upstreams', name]),
      reason: `the same registry as ${first!}: name it once`,
    })),
  );
}

function readUpstream(host: Host, name: string, said: Said, reading: Reading): UpstreamConfig {
  const at = reading.at('upstreams', name);
  const { endpoints, repositories, tags, staleIfError, timeouts = {}, bandwidth } = said;
  const { connect, headers, idle } = timeouts;
  return upstreamConfig(host, at, {
    endpoints: endpoints?.map((endpoint, i) =>
      readEndpoint(endpoint, reading.at('upstreams', name, 'endpoints', i), reading),
    ) ?? [defaultEndpoint(host, at, { isFromFile: true })],
    ...(repositories && { repositories }),
    ...(tags && { tags: tags.map(readTagPolicy) }),
    ...(staleIfError !== undefined && { staleIfError }),
    timeouts: {
      ...(connect !== undefined && { connectMs: parseDuration(connect)! }),
      ...(headers !== undefined && { headersMs: parseDuration(headers)! }),
      ...(idle !== undefined && { idleMs: parseDuration(idle)! }),
    },
    ...(bandwidth !== undefined && { bandwidthBytesPerSecond: parseRate(bandwidth) }),
  });
}

function readEndpoint({ url, tls, credentials }: SaidEndpoint, at: string, reading: Reading): EndpointConfig {
  return {
    url,
    isDefault: false,
    isFromFile: true,
    at,
    tls: readTls(tls ?? {}, reading),
    ...(credentials && { credentials: readCredentials(credentials, reading) }),
  };
}

function readTls(
  { ca, cert, key, insecureSkipVerify = false }: NonNullable<SaidEndpoint['tls']>,
  { absolute }: Reading,
): EndpointTls {
  return {
    ...(ca !== undefined && { caFile: absolute(ca) }),
    ...(cert !== undefined && { certFile: absolute(cert) }),
    ...(key !== undefined && { keyFile: absolute(key) }),
    insecureSkipVerify,
  };
}

/** Of which the schema allows exactly one way. */
function readCredentials(said: NonNullable<SaidEndpoint['credentials']>, { absolute }: Reading): EndpointCredentials {
  const { username = '', passwordFile, passwordEnv, tokenFile, dockerConfig } = said;
  if (passwordFile !== undefined) return { username, passwordFile: absolute(passwordFile) };
  if (passwordEnv !== undefined) return { username, passwordEnv };
  if (tokenFile !== undefined) return { tokenFile: absolute(tokenFile) };
  return { dockerConfig: absolute(dockerConfig!) };
}

function readTagPolicy({ match, ttl }: NonNullable<Said['tags']>[number]): TagPolicyConfig {
  return ttl === undefined ? { match, immutable: true } : { match, ttlMs: parseDuration(ttl)! };
}
