import { inspect } from 'node:util';
import type { NextFunction, Request } from 'express';
import type { Log } from '../log.ts';
import { RegistryError, UpstreamError } from '../oci/errors.ts';
import { formatFailedStatus } from './cache-status.ts';
import type { Exchange, Reply } from './exchange.ts';
import { envelope, HttpError, unknownPath } from './http-error.ts';
import { parsePathParameter, type PathParameters } from './requests.ts';
import { ClientGone } from './send-body.ts';
import { upstreamFailure } from './upstream-failure.ts';

/** Anything thrown, anywhere, becomes an answer here. */
export function handleErrors(log: Log) {
  // Express knows an error handler by its four parameters.
  return (err: unknown, req: Request, res: Reply, _next: NextFunction): void => {
    const gone = err instanceof ClientGone;
    const failure = toHttpError(err, req, res);
    const { requestId, method, path } = res.locals;
    if (err instanceof UpstreamError) {
      if (!res.headersSent) res.locals.cache = 'miss';
      // One line: another registry's trouble has no stack that would tell anything, and may come with every request. That we are
      // refused is told where it is found out, once.
      const level = err.kind === 'denied' ? 'debug' : 'warn';
      log[level](err.message, { requestId, kind: err.kind });
    } else if (failure.status >= 500 && !gone && !(err instanceof HttpError)) {
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
  if (isRead(res.locals)) res.setHeader('Cache-Status', formatFailedStatus(code));
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

/** Whether it was asked for something that could be here. */
const isRead = ({ method, path }: Exchange): boolean =>
  (method === 'GET' || method === 'HEAD') && path.startsWith('/v2/') && path !== '/v2/';

/** What the validator and Express throw, as far as we read it. */
interface Refusal {
  readonly status: number;
  readonly errors?: readonly { readonly path?: string; readonly message?: string }[];
}
const isRefusal = (err: unknown): err is Refusal =>
  err instanceof Error && 'status' in err && typeof err.status === 'number' && err.status < 500;

function toHttpError(err: unknown, req: Request, { locals }: Reply): HttpError {
  if (err instanceof HttpError) return err;
  if (err instanceof UpstreamError) return upstreamFailure(err);
  if (err instanceof RegistryError) return new HttpError(err.code, err.message, { detail: err.detail, cause: err });
  if (!isRefusal(err)) return new HttpError('UNKNOWN', 'internal error', { cause: err });
  // 405 for a reading method: the document has the path for a writing one alone.
  if (err.status === 404 || err.status === 405) return unknownPath(locals.path);
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
