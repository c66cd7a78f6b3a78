// What an answer tells of the cache it went through. https://www.rfc-editor.org/rfc/rfc9211
import type { CacheUse } from '../registry.ts';

/** Most characters of a reason. A warning may have 4096 bytes, and escaped each of these could be two. */
const MAX_TEXT = 500;

/** The value of `Cache-Status`. A `hit` is what was not forwarded: what was looked up again and found right is `fwd=stale`. */
export function formatCacheStatus({ result, revalidated, collapsed, ageSeconds, reason }: CacheUse): string {
  const waited = collapsed && 'collapsed';
  if (result === 'miss') return format('fwd=miss', waited);
  if (result === 'stale') {
    const ttl = ageSeconds !== undefined && `ttl=${-wholeSeconds(ageSeconds)}`; // Since when it is not fresh any more.
    return format('hit', ttl, reason !== undefined && formatDetail(reason));
  }
  return revalidated ? format('fwd=stale', waited, formatDetail('revalidated')) : format('hit');
}

/** The value of `Cache-Status` on an answer that says why there is no content. `status` is what the upstream said. */
export function formatFailedStatus(detail: string, { forwarded = false, status }: FailedUse = {}): string {
  return format(forwarded && 'fwd=miss', status !== undefined && `fwd-status=${status}`, formatDetail(detail));
}

interface FailedUse {
  /** An upstream was asked; default false. */
  readonly forwarded?: boolean;
  readonly status?: number | undefined;
}

/** What is sent along with what could not be looked up again. */
export interface StaleHeaders {
  readonly Warning?: string;
  /** In seconds. */
  readonly Age?: number;
}

/** Clients show the warning: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
export function staleHeaders({ result, ageSeconds = 0, reason }: CacheUse): StaleHeaders {
  if (result !== 'stale') return {};
  const why = reason === undefined ? '' : `: ${reason}`;
  return {
    Warning: `299 - ${quote(`from the store, not looked up again${why}`)}`,
    Age: wholeSeconds(ageSeconds),
  };
}

const format = (...parameters: (string | false | undefined)[]): string =>
  ['ociregistry', ...parameters.filter((one) => one)].join('; ');

/** A token where it can be one, else a string. https://www.rfc-editor.org/rfc/rfc8941#section-3.3.4 */
const formatDetail = (text: string): string => `detail=${/^[A-Za-z][\w.-]{0,99}$/.test(text) ? text : quote(text)}`;

/** A string as both headers have it: printable ASCII in quotes. */
const quote = (text: string): string =>
  `"${text
    .slice(0, MAX_TEXT)
    .replace(/[^ -~]+/g, '?')
    .replace(/["\\]/g, '\\$&')}"`;

const wholeSeconds = (seconds: number): number => Math.max(0, Math.floor(seconds));
