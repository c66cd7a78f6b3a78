import { UpstreamError, type UpstreamErrorKind } from '../oci/errors.ts';
import { ProxyFailure } from './proxy-failure.ts';

/** What Node and undici throw. */
interface NetworkError extends Error {
  readonly code?: string;
  /** What OpenSSL says, without its file and line. */
  readonly reason?: string;
}

/** What people know these by; the others are told in Node's words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_CLOSED: 'this client was closed',
  UND_ERR_DESTROYED: 'this client was closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_BODY_TIMEOUT: 'it fell silent',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of its answer are too long',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in its chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate of an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate',
};

const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'invalid',
};

/** Seen when a server that knows only HTTP is greeted by TLS: it answers in HTTP, or hangs up. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ECONNRESET', 'EPIPE']);
/** This client was closed while it waited. */
const CLOSED = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

/** An error of the network in our words. `subject` is who was asked what; `url` tells its origin alone, as a signed
 *  query is a secret. */
export function connectionError(err: unknown, { origin }: URL, subject: string): UpstreamError {
  const kind = kindOf(err);
  const what = kind === 'unreachable' ? `cannot reach ${origin}` : origin;
  return new UpstreamError(kind, `${subject}: ${what}: ${reasonOf(err)}`, { cause: err });
}

/** Whether the same connection may succeed a moment later. */
export function isPassing(err: UpstreamError): boolean {
  const { cause } = err;
  if (cause instanceof ProxyFailure && cause.status !== undefined) return cause.status >= 500;
  const { code } = firstError(cause);
  // A certificate, or a version of TLS, that is wrong now is wrong in half a second.
  return code === undefined || !(code === 'ENOTFOUND' || isClosing(err) || isTlsError(code));
}

/** Whether it was we who ended it, for all. */
export function isClosing({ cause }: UpstreamError): boolean {
  return CLOSED.has(firstError(cause).code ?? '');
}

/** Whether the other side may speak HTTP without TLS. */
export function speaksNoTls({ cause }: UpstreamError): boolean {
  const { code } = firstError(cause);
  return code !== undefined && NO_TLS.has(code);
}

/** Why, in a few words. */
export function reasonOf(err: unknown): string {
  if (err instanceof ProxyFailure) return `the proxy ${err.origin}: ${proxyReason(err)}`;
  const { code = '', reason, message } = firstError(err);
  if (REASONS[code] !== undefined) return REASONS[code];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another host: ${reason ?? message}`;
  if (code.startsWith('ERR_SSL_')) return `TLS: ${reason ?? message}`;
  return message.split('\n', 1)[0]!.slice(0, 200);
}

function proxyReason({ status, cause }: ProxyFailure): string {
  if (status === undefined) return reasonOf(cause);
  return status === 407 ? '407, it wants a login' : `${status}, it does not let us through`;
}

function kindOf(err: unknown): UpstreamErrorKind {
  const { code = '', name } = firstError(err);
  return KINDS[code] ?? (name === 'HTTPParserError' ? 'invalid' : 'unreachable');
}

function isTlsError(code: string): boolean {
  return code.includes('CERT') || code.startsWith('ERR_SSL_') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
}

/** A host with several addresses fails once for each. */
function firstError(err: unknown): NetworkError {
  if (err instanceof ProxyFailure && err.cause !== undefined) return firstError(err.cause);
  const first: unknown = err instanceof AggregateError && err.errors.length > 0 ? err.errors[0] : err;
  return first instanceof Error ? first : new Error(String(first));
}
