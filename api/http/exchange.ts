import type { Response } from 'express';

/** What is known of one request while it is answered; the access log and metrics read it at the end. */
export interface Exchange {
  readonly requestId: string;
  /** As `performance.now()` gives it. */
  readonly started: number;
  readonly method: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  readonly client: string;
  /** The host that was taken from the front of the path, as the client spelled it. */
  readonly pathHost?: string | undefined;
  /** The host that was said apart from the path, as the client spelled it, if it is one that we know. */
  namespace?: string;
  /** Which operation of the document; absent where the request is none. */
  operation?: string;
  /** What `Cache-Status` says. */
  cache?: 'hit' | 'miss' | 'stale';
  user?: string;
  /** Who may see an answer was decided: it is for no cache that others share. */
  isPrivate?: true;
  /** Whether a repository, by its full name, is there for whom this is. Absent when all are. */
  isVisible?: (fullName: string) => boolean;
  /** Of the body, given to the socket so far. */
  bytes: number;
}

/** Express keeps what belongs to a request in `res.locals`; ours is typed. */
export type Reply = Response<unknown, Exchange & Record<string, unknown>>;
