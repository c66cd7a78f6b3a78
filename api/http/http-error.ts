import type { components } from '../../generated/types.ts';

export type ErrorCode = components['schemas']['ErrorCode'];
export type Envelope = components['schemas']['Errors'];

/** The one place a code becomes a status; a new code in ociregistry.yaml does not compile until it has a row. */
const statusOf: Record<ErrorCode, number> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 400,
  UNKNOWN: 500,
  UNAVAILABLE: 503,
};

/** An answer that only the HTTP layer can mean: a code with another status than its own, or with headers. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    options: { status?: number; headers?: Readonly<Record<string, string>>; detail?: unknown; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statusOf[code];
    this.headers = options.headers ?? {};
    this.detail = options.detail;
  }
}

/** What is said of a method other than GET and HEAD where the document has no operation to say it. */
export const refusal = (): HttpError =>
  new HttpError('UNSUPPORTED', NO_WRITES, { status: 405, headers: { Allow: 'GET, HEAD' } });
export const NO_WRITES = 'this registry can only be pulled from';

/** What is said of a path that is not in the document. */
export function unknownPath(path: string): HttpError {
  if (path.startsWith('/v2/') && path.includes('//'))
    return new HttpError('NAME_INVALID', 'a repository name has an empty component');
  return new HttpError('UNSUPPORTED', `there is nothing at ${path.slice(0, 300)}`, { status: 404 });
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
export function envelope(code: ErrorCode, message: string, detail?: unknown): Envelope {
  return { errors: [{ code, message, ...(detail !== undefined && { detail }) }] };
}
