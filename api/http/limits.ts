/** What a stranger may take of us. Every limit has a name here and a key under `limits` in the configuration. */
export interface Limits {
  /** Open connections at once. More are told 503, so that those that are open go on being served. */
  readonly connections: number;
  /** For the head of a request to arrive. A client that dribbles it holds a connection for nothing. */
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

export const DEFAULT_LIMITS: Limits = {
  connections: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  writeIdleMs: 60_000,
  headerBytes: 16 * 1024,
  headers: 100,
};
