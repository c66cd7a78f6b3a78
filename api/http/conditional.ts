// Conditional requests, RFC 9110 section 13: what a client has already need not be sent.
import type { IncomingHttpHeaders } from 'node:http';

/** An ETag here is always strong: a digest in quotes. */
export const etagOf = (digest: string): string => `"${digest}"`;

/** Whether `If-None-Match` has this ETag: then the answer is 304. Compared weakly, as the RFC says, and also without the
 *  quotes, as CNCF Distribution takes it. */
export function isNotModified(headers: IncomingHttpHeaders, etag: string): boolean {
  const header = headers['if-none-match'];
  if (header === undefined) return false;
  return header.split(',').some((text) => {
    const candidate = text.trim().replace(/^W\//, '');
    return candidate === '*' || candidate === etag || `"${candidate}"` === etag;
  });
}

/** Whether `Range` is to be honoured: there is no `If-Range`, or it is this very ETag. Compared strongly; a date is none of ours. */
export function isRangeWanted(headers: IncomingHttpHeaders, etag: string): boolean {
  const header = headers['if-range'];
  return header === undefined || header === etag;
}
