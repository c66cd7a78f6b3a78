import type { UpstreamError, UpstreamErrorKind } from '../oci/errors.ts';
import { formatFailedStatus } from './cache-status.ts';
import { HttpError, type ErrorCode } from './http-error.ts';

/** What a client hears of each kind. Never 401, which would ask it for credentials of ours, nor 429: containerd repeats that at
 *  once. Never 404 either, which would say that the upstream does not have it. */
const answerOf: Record<UpstreamErrorKind, { readonly code: ErrorCode; readonly status: number }> = {
  denied: { code: 'DENIED', status: 403 },
  'rate-limited': { code: 'UNAVAILABLE', status: 503 },
  unavailable: { code: 'UNAVAILABLE', status: 503 },
  timeout: { code: 'UNKNOWN', status: 504 },
  unreachable: { code: 'UNKNOWN', status: 502 },
  failed: { code: 'UNKNOWN', status: 502 },
  invalid: { code: 'UNKNOWN', status: 502 },
};

/** Where an upstream did not say when to ask again. */
const RETRY_AFTER_MS = 5_000;

/** The answer to a request that an upstream should have answered. */
export function upstreamFailure(err: UpstreamError): HttpError {
  const { kind, message, retryAfterMs = RETRY_AFTER_MS } = err;
  const { code, status } = answerOf[kind];
  // What is unavailable was not asked.
  const cacheStatus = formatFailedStatus(kind, { forwarded: kind !== 'unavailable', status: err.status });
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const headers = { 'Cache-Status': cacheStatus, ...(status === 503 && { 'Retry-After': String(retryAfter) }) };
  return new HttpError(code, message, { status, headers, cause: err });
}
