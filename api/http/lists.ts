import type { IncomingHttpHeaders } from 'node:http';
import { digestOf } from '../oci/digest.ts';
import type { CacheUse } from '../registry.ts';
import { describeCache, REVALIDATE, type CacheAnswer } from './caching.ts';
import { etagOf, isNotModified } from './conditional.ts';

interface NotModified extends CacheAnswer<{ readonly ETag: string; readonly 'Cache-Control': typeof REVALIDATE }> {
  readonly status: 304;
}
interface ListAnswer<T> extends Omit<NotModified, 'status'> {
  readonly status: 200;
  readonly type: T;
  readonly body: Buffer;
}

/** A list as it is answered: serialised once, its ETag is the digest of just these bytes. `use` tells how a cache came by it;
 *  without it, it is a hit. */
export function replyWithList<T extends string, H extends object>(
  { headers }: { readonly headers: IncomingHttpHeaders },
  type: T,
  list: object,
  more: H,
  use?: CacheUse,
): NotModified | (ListAnswer<T> & { readonly headers: H }) {
  const body = Buffer.from(JSON.stringify(list));
  const { cache, headers: cacheHeaders } = describeCache(use);
  const common = { ETag: etagOf(digestOf(body)), 'Cache-Control': REVALIDATE, ...cacheHeaders } as const;
  return isNotModified(headers, common.ETag)
    ? { status: 304, cache, headers: common }
    : { status: 200, cache, headers: { ...common, ...more }, type, body };
}
