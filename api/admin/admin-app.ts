import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { Router, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { adminPaths, registerAdminRoutes } from '../../generated/admin-routes.ts';
import { document } from '../../generated/spec.ts';
import { observe, requestIdOf, type Answered } from '../http/access-log.ts';
import { handleErrors } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { HttpError, unknownPath } from '../http/http-error.ts';
import { createValidator } from '../http/validator.ts';
import type { Log } from '../log.ts';
import type { AdminParts } from './admin-parts.ts';
import { createHandlers } from './handlers.ts';
import { assertSameSite } from './same-site.ts';

/** The largest body that is read: what to prune takes a few lines. */
const MAX_BODY_BYTES = 16 * 1024;

export interface AdminAppOptions extends AdminParts {
  readonly log: Log;
  /** The host that is listened on; undefined for a socket of the file system. */
  readonly host: string | undefined;
}

/** What looks after the registry, as something an HTTP server can call. Rejects when ociregistry.yaml is broken. */
export async function createAdminApp({ log, host, ...parts }: AdminAppOptions): Promise<RequestListener> {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('x-powered-by');
  app.disable('etag'); // It is another answer the next time.
  const routes = Router({ caseSensitive: true, strict: true });
  registerAdminRoutes(routes, createHandlers(parts));

  app.use((req: Request, res: Response, next: NextFunction) => {
    if (!ADMIN_PATHS.has(req.path)) throw unknownPath(req.path);
    if (req.method !== 'GET' && req.method !== 'HEAD') assertSameSite(req, host);
    // What the document does not have the routes refuse, in the words of that path.
    if (isDocumented(req)) next();
    else routes(req, res, next);
  });
  app.use('/prune', readBody());
  app.use(await createValidator(app, { paths: adminPaths, isStrict: true }));
  app.use(routes);
  app.use((req: Request) => {
    throw unknownPath(req.path);
  });
  app.use(handleErrors(log));
  const observers = [adminLog(log)];
  return (req, res) => {
    begin(req, res, observers);
    app(req, res);
  };
}

const ADMIN_PATHS: ReadonlySet<string> = new Set(adminPaths.map(({ path }) => path));

const isDocumented = ({ path, method }: Request): boolean => method.toLowerCase() in (document.paths[path] ?? {});

/** The only body that is read, ever: a JSON object. */
function readBody(): RequestHandler {
  const read: RequestHandler = express.json({ limit: MAX_BODY_BYTES, inflate: false });
  return (req, res, next) => {
    if (req.method !== 'POST') {
      next();
      return;
    }
    if (!/^application\/json\s*(?:;|$)/i.test(req.headers['content-type'] ?? '')) {
      throw new HttpError('UNSUPPORTED', 'the body is to be application/json', { status: 415 });
    }
    read(req, res, (err?: unknown) => {
      if (err !== undefined) {
        const { status = 400, message } = err as Error & { status?: number };
        next(new HttpError('UNSUPPORTED', `the body cannot be read: ${message}`, { status, cause: err }));
      } else if (Array.isArray(req.body)) {
        next(new HttpError('UNSUPPORTED', 'the body is to be a JSON object'));
      } else next();
    });
  };
}

function begin(req: IncomingMessage, res: ServerResponse, observers: readonly ((answered: Answered) => void)[]): void {
  const exchange: Exchange = {
    requestId: requestIdOf(req.headers['x-request-id']),
    started: performance.now(),
    method: req.method ?? '',
    path: (req.url ?? '').replace(/\?.*/s, ''),
    client: req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
    bytes: 0,
  };
  (res as Reply).locals = exchange as Reply['locals'];
  observe(res as Reply, observers);
  res.setHeader('X-Request-Id', exchange.requestId);
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

/** What changes something is told of; that somebody looks every few seconds only to who wants to know all. */
function adminLog(log: Log): (answered: Answered) => void {
  return ({ method, path, status, bytes, durationMs, client, requestId }) => {
    const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    log[level]('admin request', { method, path, status, bytes, durationMs, client, requestId });
  };
}
