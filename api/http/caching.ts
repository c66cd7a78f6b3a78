import type { Digest } from '../oci/digest.ts';
import type { CacheUse } from '../registry.ts';
import { formatCacheStatus, staleHeaders, type StaleHeaders } from './cache-status.ts';
import { etagOf } from './conditional.ts';
import type { Exchange, Reply } from './exchange.ts';

/** By digest the answer is the same for ever. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** By tag, and of lists, it may be another at the next moment. */
export const REVALIDATE = 'no-cache';

/** `Cache-Control` as an answer is to have it: what not everybody may see is for no cache that others share. */
export const cacheControlFor = ({ locals }: Pick<Reply, 'locals'>, value: string | number): string | number =>
  locals.isPrivate && typeof value === 'string' ? value.replace(/^public\b/, 'private') : value;

/** Where no cache was asked, it was here. */
const HIT: CacheUse = { result: 'hit' };

type CacheControl = typeof IMMUTABLE | typeof REVALIDATE;

/** The log's field and the headers that say how a cache came by an answer. */
export interface CacheAnswer<H = unknown> {
  readonly cache: NonNullable<Exchange['cache']>;
  readonly headers: H & StaleHeaders & { readonly 'Cache-Status': string };
}

export function describeCache(use: CacheUse = HIT): CacheAnswer {
  return { cache: use.result, headers: { 'Cache-Status': formatCacheStatus(use), ...staleHeaders(use) } };
}

/** What every answer about a manifest or a blob says, with or without its bytes. */
export type ContentHeaders = CacheAnswer<{
  readonly 'Docker-Content-Digest': string;
  readonly ETag: string;
  readonly 'Cache-Control': CacheControl;
}>;

export function contentHeaders(digest: Digest, cacheControl: CacheControl, use?: CacheUse): ContentHeaders {
  const { cache, headers } = describeCache(use);
  return {
    cache,
    headers: {
      'Docker-Content-Digest': digest,
      ETag: etagOf(digest),
      'Cache-Control': cacheControl,
      ...headers,
    },
  };
}
