import type { Exchange } from './exchange.ts';

/** By digest the answer is the same for ever. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** By tag, and of lists, it may be another at the next moment. */
export const REVALIDATE = 'no-cache';

/** The header and the log's field for it. https://www.rfc-editor.org/rfc/rfc9211 */
export function cacheStatus(): { cache: NonNullable<Exchange['cache']>; header: string } {
  return { cache: 'hit', header: 'ociregistry; hit' };
}
