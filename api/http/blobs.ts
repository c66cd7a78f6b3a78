import { parseRange, RangeNotSatisfiable } from '../oci/byte-range.ts';
import type { Registry } from '../registry.ts';
import type { Handler } from './adapter.ts';
import { formatFailedStatus } from './cache-status.ts';
import { contentHeaders, IMMUTABLE } from './caching.ts';
import { etagOf, isNotModified, isRangeWanted } from './conditional.ts';
import { parseBlobCall } from './requests.ts';

/** Always this: the store does not know what a blob is, clients take it from the descriptor. */
const TYPE = 'application/octet-stream';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs */
export function getBlob(registry: Registry): Handler<'getBlob'> {
  return async (call) => {
    const { repo, digest } = parseBlobCall(call);
    const etag = etagOf(digest);
    if (isNotModified(call.headers, etag)) {
      const found = await registry.statBlob(repo, digest); // Existence comes first: 404 is not 304.
      return { status: 304, ...contentHeaders(digest, IMMUTABLE, found.cache) };
    }
    const range = isRangeWanted(call.headers, etag) ? parseRange(call.headers.range) : undefined;
    try {
      const { descriptor, span, body, cache: use } = await registry.openBlob(repo, digest, range);
      const { headers, cache } = contentHeaders(digest, IMMUTABLE, use);
      const bytes = { 'Accept-Ranges': 'bytes' } as const;
      if (!span) {
        return { status: 200, cache, headers: { ...headers, ...bytes }, type: TYPE, body, length: descriptor.size };
      }
      const part = { 'Content-Range': `bytes ${span.start}-${span.end}/${descriptor.size}` };
      const length = span.end - span.start + 1;
      return { status: 206, cache, headers: { ...headers, ...bytes, ...part }, type: TYPE, body, length };
    } catch (err) {
      if (!(err instanceof RangeNotSatisfiable)) throw err;
      const size = { 'Content-Range': `bytes */${err.size}` };
      const cacheStatus = formatFailedStatus('RANGE_NOT_SATISFIABLE');
      return { status: 416, headers: { ...size, 'Cache-Control': 'no-store', 'Cache-Status': cacheStatus } };
    }
  };
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry */
export function headBlob(registry: Registry): Handler<'headBlob'> {
  return async (call) => {
    const { repo, digest } = parseBlobCall(call);
    const { size, cache: use } = await registry.statBlob(repo, digest);
    const { headers, cache } = contentHeaders(digest, IMMUTABLE, use);
    if (isNotModified(call.headers, headers.ETag)) return { status: 304, cache, headers };
    return { status: 200, cache, headers: { ...headers, 'Accept-Ranges': 'bytes' }, type: TYPE, length: size };
  };
}
