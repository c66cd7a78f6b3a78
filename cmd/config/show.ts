import { resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Call } from '../command.ts';
import type { Config } from '../config.ts';
import type { AuthConfig } from './auth.ts';
import type { HttpLimits } from './limits.ts';
import type { FileContents, FileUpstream } from './schema.ts';
import type { TlsConfig } from './tls.ts';
import type { EndpointConfig, TagPolicyConfig, UpstreamConfig } from './upstream.ts';
import { formatDuration } from '../duration.ts';
import { formatSize } from '../size.ts';

type ShownEndpoint = NonNullable<NonNullable<FileUpstream>['endpoints']>[number];
type ShownTagPolicy = NonNullable<NonNullable<FileUpstream>['tags']>[number];

/** Prints what is in force, defaults, flags and variables included, as a configuration file that says the same. Of secrets it has only
 *  where they are. */
export function configShow({ config, print }: Pick<Call, 'config' | 'print'>): void {
  print(stringify(show(config), { lineWidth: 0 }));
}

/** The configuration as a file would have it. */
export function show(config: Config): FileContents {
  const {
    images,
    mounts,
    listen,
    tls,
    auth,
    admin,
    shutdownGraceMs,
    log,
    limits,
    catalog,
    upstreams,
    defaultUpstream,
    airGapped,
    cache,
  } = config;
  return {
    images: resolve(images),
    mounts: mounts.map(({ path, prefix }) => ({ path: resolve(path), prefix })),
    listen: { ...listen, trustedProxies: [...listen.trustedProxies] },
    ...(tls && { tls: showTls(tls) }),
    ...(auth && { auth: showAuth(auth) }),
    ...(admin && { admin: 'socket' in admin ? { socket: resolve(admin.socket) } : admin }),
    shutdownGrace: formatDuration(shutdownGraceMs),
    log: {
      level: log.level,
      format: log.format,
      accessLog: log.accessLog,
      audit: log.audit,
      ...(log.file !== undefined && { file: resolve(log.file) }),
    },
    limits: {
      ...showLimits(limits),
      unpackRatio: showCount(limits.unpack.ratio),
      unpackBytes: showSize(limits.unpack.bytes),
      manifestBytes: showSize(limits.manifestBytes),
      tagsPage: showCount(limits.tagsPage),
    },
    catalog,
    upstreams: Object.fromEntries(upstreams.map((upstream) => [upstream.host, showUpstream(upstream)])),
    ...(defaultUpstream !== undefined && { defaultUpstream }),
    airGapped,
    cache: {
      maxBytes: showSize(cache.maxBytes),
      minFree: showSize(cache.minFreeBytes || Infinity),
      pins: [...cache.pins],
      ...(cache.scrubBytesPerSecond !== undefined && { scrub: `${formatSize(cache.scrubBytesPerSecond)}/s` }),
    },
  };
}

function showTls({ cert, key, clientCa, clientAuth }: TlsConfig): NonNullable<FileContents['tls']> {
  return {
    cert: resolve(cert.path),
    key: resolve(key.path),
    ...(clientCa && { clientCa: resolve(clientCa.path) }),
    clientAuth,
  };
}

function showAuth({ htpasswd, token, certificate, anonymous, rules }: AuthConfig): NonNullable<FileContents['auth']> {
  return {
    ...(htpasswd && { htpasswd: resolve(htpasswd.path) }),
    ...(token && { token: { ...token, jwks: resolve(token.jwks.path) } }),
    ...(certificate && { certificate }),
    anonymous: [...anonymous],
    ...(rules && {
      rules: rules.map(({ users, repositories }) => ({ users: [...users], repositories: [...repositories] })),
    }),
  };
}

function showLimits(limits: HttpLimits): NonNullable<FileContents['limits']> {
  return {
    connections: showCount(limits.connections),
    connectionsPerClient: showCount(limits.connectionsPerClient),
    requests: showCount(limits.requests),
    requestsPerClient: showCount(limits.requestsPerClient),
    blobStreams: showCount(limits.blobStreams),
    blobStreamsPerClient: showCount(limits.blobStreamsPerClient),
    fills: showCount(limits.fills),
    headersTimeout: formatDuration(limits.headersTimeoutMs),
    idleTimeout: formatDuration(limits.idleTimeoutMs),
    writeIdle: formatDuration(limits.writeIdleMs),
    headerBytes: showSize(limits.headerBytes),
  };
}

function showUpstream(upstream: UpstreamConfig): FileUpstream {
  const { endpoints, repositories, tags, staleIfError, timeouts, bandwidthBytesPerSecond } = upstream;
  return {
    endpoints: endpoints.map(showEndpoint),
    repositories: [...repositories],
    tags: tags.map(showTagPolicy),
    staleIfError,
    timeouts: {
      connect: formatDuration(timeouts.connectMs),
      headers: formatDuration(timeouts.headersMs),
      idle: formatDuration(timeouts.idleMs),
    },
    ...(bandwidthBytesPerSecond !== undefined && { bandwidth: `${formatSize(bandwidthBytesPerSecond)}/s` }),
  };
}

function showEndpoint({ url, tls, credentials }: EndpointConfig): ShownEndpoint {
  const { caFile, certFile, keyFile, insecureSkipVerify } = tls;
  return {
    url,
    tls: {
      ...(caFile !== undefined && { ca: caFile }),
      ...(certFile !== undefined && { cert: certFile }),
      ...(keyFile !== undefined && { key: keyFile }),
      insecureSkipVerify,
    },
    ...(credentials && { credentials }),
  };
}

function showTagPolicy(policy: TagPolicyConfig): ShownTagPolicy {
  const { match } = policy;
  return 'ttlMs' in policy ? { match, ttl: formatDuration(policy.ttlMs) } : { match, immutable: true };
}

/** Infinity is no limit. */
const showCount = (count: number): number => (count === Infinity ? 0 : count);

/** A number needs no quotes. */
const showSize = (bytes: number): string | number => (bytes === Infinity ? 0 : formatSize(bytes));
