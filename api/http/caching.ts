import type { Digest } from '../oci/digest.ts';
import { etagOf } from './conditional.ts';
import type { Exchange } from './exchange.ts';

/** By digest the answer is the same for ever. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** By tag, and of lists, it may be another at the next moment. */
export const REVALIDATE = 'no-cache';

/** The header and the log's field for it. https://www.rfc-editor.org/rfc/rfc9211 */
export function cacheStatus(): { cache: NonNullable<Exchange['cache']>; header: string } {
  return { cache: 'hit', header: 'ociregistry; hit' };
}

type CacheControl = typeof IMMUTABLE | typeof REVALIDATE;

/** What every answer about a manifest or a blob says, with or without its bytes. */
export interface ContentHeaders {
  readonly cache: NonNullable<Exchange['cache']>;
  readonly headers: {
    readonly 'Docker-Content-Digest': string;
    readonly ETag: string;
    readonly 'Cache-Control': CacheControl;
    readonly 'Cache-Status': string;
  };
}

export function contentHeaders(digest: Digest, cacheControl: CacheControl): ContentHeaders {
  const { cache, header } = cacheStatus();
  return {
    cache,
    headers: {
      'Docker-Content-Digest': digest,
      ETag: etagOf(digest),
      'Cache-Control': cacheControl,
      'Cache-Status': header,
    },
  };
}
