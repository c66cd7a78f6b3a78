import { inspect } from 'node:util';
import type { NextFunction, Request } from 'express';
import type { components } from '../../generated/types.ts';
import type { Log } from '../log.ts';
import { RegistryError } from '../oci/errors.ts';
import type { Reply } from './exchange.ts';
import { parsePathParameter, type PathParameters } from './requests.ts';
import { ClientGone } from './send-body.ts';

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

/** Anything thrown, anywhere, becomes an answer here. */
export function handleErrors(log: Log) {
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  return (err: unknown, req: Request, res: Reply, _next: NextFunction): void => {
    const gone = err instanceof ClientGone;
    const failure = toHttpError(err, req);
    if (failure.status >= 500 && !gone) {
      const { requestId, method, path } = res.locals;
      log.error('request failed', { requestId, method, path, error: inspect(err) });
    }
    // Too late for a status: a cut transfer makes the client see that something is missing.
    if (res.headersSent || gone) res.destroy();
    else sendError(req, res, failure);
  };
}

function sendError(req: Request, res: Reply, { status, code, message, detail, headers }: HttpError): void {
  const body = Buffer.from(JSON.stringify(envelope(code, message, detail)));
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', body.length);
  if (req.method === 'HEAD') {
    res.end();
  } else {
    res.locals.bytes = body.length;
    res.end(body);
  }
}

/** What the validator and Express throw, as far as we read it. */
interface Refusal {
  readonly status: number;
  readonly errors?: readonly { readonly path?: string; readonly message?: string }[];
}
const isRefusal = (err: unknown): err is Refusal =>
  err instanceof Error && 'status' in err && typeof err.status === 'number' && err.status < 500;

function toHttpError(err: unknown, req: Request): HttpError {
  if (err instanceof HttpError) return err;
  if (err instanceof RegistryError) return new HttpError(err.code, err.message, { detail: err.detail, cause: err });
  if (!isRefusal(err)) return new HttpError('UNKNOWN', 'internal error', { cause: err });
  // 405 for a reading method: the document has the path for a writing one alone.
  if (err.status === 404 || err.status === 405) return unknownPath(req.path);
  return explain(err, req);
}

/** The validator says that a parameter does not match; the parser of that parameter says what is wrong with it. */
function explain({ errors = [] }: Refusal, req: Request): HttpError {
  const parameters = (req as { openapi?: { pathParams?: PathParameters } }).openapi?.pathParams ?? {};
  for (const { path = '' } of errors) {
    const [, place, parameter = ''] = path.split('/');
    if (place !== 'params') continue;
    try {
      parsePathParameter(parameter, parameters[parameter] ?? '');
    } catch (err) {
      if (err instanceof RegistryError) return new HttpError(err.code, err.message);
    }
  }
  const { path = '', message = 'malformed request' } = errors[0] ?? {};
  const parameter = path.split('/')[2] ?? '';
  if (parameter === '') return new HttpError('UNSUPPORTED', 'malformed request');
  return new HttpError('UNSUPPORTED', `${parameter} ${message}`, { detail: { parameter } });
}
