import type { IncomingHttpHeaders } from 'node:http';
import { digestOf } from '../oci/digest.ts';
import { cacheStatus, REVALIDATE } from './caching.ts';
import { etagOf, isNotModified } from './conditional.ts';

/** A list as it is answered: serialised once, its ETag is the digest of just these bytes. */
export function replyWithList<T extends string, H extends object>(
  { headers }: { readonly headers: IncomingHttpHeaders },
  type: T,
  list: object,
  more: H,
) {
  const body = Buffer.from(JSON.stringify(list));
  const { cache, header } = cacheStatus();
  const common = { ETag: etagOf(digestOf(body)), 'Cache-Control': REVALIDATE, 'Cache-Status': header } as const;
  return isNotModified(headers, common.ETag)
    ? ({ status: 304, cache, headers: common } as const)
    : ({ status: 200, cache, headers: { ...common, ...more }, type, body } as const);
}
