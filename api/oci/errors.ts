/** The error codes of the distribution spec that a pull-only registry says.
 *  https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'UNSUPPORTED';

/** Something a client may hear. `detail` is any JSON; it names what the message is about. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: ErrorCode;
  readonly detail: unknown;

  constructor(code: ErrorCode, message: string, options: { detail?: unknown; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
  }
}

/** Whether `err` says "it is not here", as opposed to "something failed". */
export function isUnknown(err: unknown): err is RegistryError {
  return (
    err instanceof RegistryError &&
    (err.code === 'NAME_UNKNOWN' || err.code === 'MANIFEST_UNKNOWN' || err.code === 'BLOB_UNKNOWN')
  );
}

/** What went wrong between us and another registry: it refused us, had enough of us for now, is not asked as it failed too often
 *  just before, could not be reached, did not answer in time, answered with a failure, or with what cannot be right. */
export type UpstreamErrorKind =
  'denied' | 'rate-limited' | 'unavailable' | 'unreachable' | 'timeout' | 'failed' | 'invalid';

/** Another registry failed. The message names its host, what was asked and why it failed; never a secret. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamErrorKind;
  /** What it answered, if it did. */
  readonly status: number | undefined;
  /** After how long it wants to be asked again, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: UpstreamErrorKind,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
