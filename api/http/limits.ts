/** What a stranger may take of us. Every limit has a name here and a key under `limits` in the configuration; of a number Infinity is no
 *  limit. A client is an address; of IPv6, the network of 64 bits that a subscriber has. */
export interface Limits {
  /** Open connections at once. More are told 503, so that those that are open go on being served. */
  readonly connections: number;
  /** Of these, for each client. Trusted proxies may have all. */
  readonly connectionsPerClient: number;
  /** Requests that are not answered yet; a client may send several on one connection. */
  readonly requests: number;
  readonly requestsPerClient: number;
  /** Of these, downloads of blobs: each holds a file open, and a megabyte of memory. */
  readonly blobStreams: number;
  readonly blobStreamsPerClient: number;
  /** For the head of a request to arrive, and for a TLS handshake. A client that dribbles it holds a connection for nothing. */
  readonly headersTimeoutMs: number;
  /** For a whole request to arrive, its body included, which is never read. */
  readonly requestTimeoutMs: number;
  /** A kept-alive connection without a request. Longer than the 60 s of the usual proxies, or they would send into one
   *  that has just been closed. */
  readonly idleTimeoutMs: number;
  /** A client that takes no byte of its answer for so long is cut off: it holds a blob open. How long the whole takes
   *  does not matter, layers are large and lines slow. */
  readonly writeIdleMs: number;
  /** The head of a request: a name, a digest, an `Accept` of eight types and a token of 8 KiB fit well. */
  readonly headerBytes: number;
  readonly headers: number;
}

/** Limits that a request or a connection can be over, as metrics name them. */
export type CountedLimit =
  'connections' | 'connectionsPerClient' | 'requests' | 'requestsPerClient' | 'blobStreams' | 'blobStreamsPerClient';

/** A cluster behind one address is one client: a quarter of everything is left to others, and not more. */
export const PER_CLIENT_SHARE = 0.75;

export const DEFAULT_LIMITS: Limits = {
  connections: 1024,
  connectionsPerClient: 768,
  requests: 1024,
  requestsPerClient: 768,
  blobStreams: 1024,
  blobStreamsPerClient: 768,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  writeIdleMs: 60_000,
  headerBytes: 16 * 1024,
  headers: 100,
};
