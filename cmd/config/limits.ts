import { isNetwork } from '../../api/http/client-address.ts';
import { DEFAULT_LIMITS, PER_CLIENT_SHARE, type Limits } from '../../api/http/limits.ts';
import type { Setting } from './setting.ts';
import * as values from './values.ts';
import { formatDuration } from '../duration.ts';
import { formatSize, parseSize, SIZES } from '../size.ts';

/** Downloads from upstreams at once, unless somebody says otherwise: each takes up to 12 MiB of memory. */
const DEFAULT_FILLS = 128;

const counted = (key: string, help: string, byDefault: string): Setting<number> => ({
  key: `limits.${key}`,
  help,
  default: byDefault,
  parse: values.parseCount,
  allowed: values.COUNTS,
});

const timed = (key: string, help: string, ms: number): Setting<number> => ({
  key: `limits.${key}`,
  help,
  default: formatDuration(ms),
  parse: values.parseWait,
  allowed: values.WAITS,
});

export const connections = counted(
  'connections',
  'the most open connections; more are told 503',
  String(DEFAULT_LIMITS.connections),
);
export const connectionsPerClient = counted(
  'connectionsPerClient',
  'of these, for each client address',
  'three quarters of connections',
);
export const requests = counted('requests', 'the most requests in progress; more are told 503', 'as connections');
export const requestsPerClient = counted(
  'requestsPerClient',
  'of these, for each client address',
  'three quarters of requests',
);
export const blobStreams = counted(
  'blobStreams',
  'the most downloads of blobs in progress; more are told 503',
  'as requests',
);
export const blobStreamsPerClient = counted(
  'blobStreamsPerClient',
  'of these, for each client address',
  'three quarters of blobStreams',
);
export const fills = counted(
  'fills',
  'the most downloads from upstreams at once; more wait, at most 10 s',
  String(DEFAULT_FILLS),
);
export const headersTimeout = timed(
  'headersTimeout',
  'how long the head of a request, and a TLS handshake, may take',
  DEFAULT_LIMITS.headersTimeoutMs,
);
export const idleTimeout = timed(
  'idleTimeout',
  'how long a connection without a request is kept',
  DEFAULT_LIMITS.idleTimeoutMs,
);
export const writeIdle = timed(
  'writeIdle',
  'how long a client may take no byte of its answer',
  DEFAULT_LIMITS.writeIdleMs,
);

export const headerBytes: Setting<number> = {
  key: 'limits.headerBytes',
  help: 'the largest head of a request',
  default: formatSize(DEFAULT_LIMITS.headerBytes),
  parse: parseSize,
  allowed: SIZES,
};

export const trustedProxies: Setting<string> = {
  key: 'listen.trustedProxies',
  help: 'addresses and networks of proxies, who say truly in X-Forwarded-For who asked them',
  default: 'none',
  repeatable: true,
  parse: (text) => (isNetwork(text) ? text : undefined),
  allowed: 'an address, or a network like 10.0.0.0/8',
};

/** What strangers may take of us, and what we take of upstreams at once. Infinity is no limit. */
export interface HttpLimits extends Omit<Limits, 'requestTimeoutMs' | 'headers'> {
  readonly fills: number;
}

/** The limits as `one` says each is set. */
export function readLimits(one: <T>(setting: Setting<T>) => T | undefined): HttpLimits {
  const all = one(connections) ?? DEFAULT_LIMITS.connections;
  const allRequests = one(requests) ?? all;
  const allStreams = one(blobStreams) ?? allRequests;
  return {
    connections: all,
    connectionsPerClient: one(connectionsPerClient) ?? shareOf(all),
    requests: allRequests,
    requestsPerClient: one(requestsPerClient) ?? shareOf(allRequests),
    blobStreams: allStreams,
    blobStreamsPerClient: one(blobStreamsPerClient) ?? shareOf(allStreams),
    fills: one(fills) ?? DEFAULT_FILLS,
    headersTimeoutMs: one(headersTimeout) ?? DEFAULT_LIMITS.headersTimeoutMs,
    idleTimeoutMs: one(idleTimeout) ?? DEFAULT_LIMITS.idleTimeoutMs,
    writeIdleMs: one(writeIdle) ?? DEFAULT_LIMITS.writeIdleMs,
    headerBytes: one(headerBytes) ?? DEFAULT_LIMITS.headerBytes,
  };
}

const shareOf = (all: number): number => Math.max(1, Math.ceil(all * PER_CLIENT_SHARE));
