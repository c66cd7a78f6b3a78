import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { Router, type Express, type NextFunction, type Request, type Response } from 'express';
import { adminPaths } from '../../generated/admin-routes.ts';
import { registerRoutes } from '../../generated/routes.ts';
import type { Gate } from '../auth/gate.ts';
import type { Log } from '../log.ts';
import { isHost, parseHost, type Host } from '../oci/repository.ts';
import type { Lister, Registry } from '../registry.ts';
import { accessLog, observe, requestIdOf, type Answered } from './access-log.ts';
import { Admission } from './admission.ts';
import { getBlob, headBlob } from './blobs.ts';
import { listRepositories, noCatalog } from './catalog.ts';
import { TrustedProxies, type ClientOf } from './client-address.ts';
import { createDocs } from './docs.ts';
import { handleErrors } from './errors.ts';
import { HttpError, refusal, unknownPath } from './http-error.ts';
import type { Exchange, Reply } from './exchange.ts';
import { createLogin } from './login.ts';
import { getManifest, headManifest } from './manifests.ts';
import { MAX_ASKED_PAGE } from './pages.ts';
import { takePathHost } from './path-host.ts';
import { ping } from './ping.ts';
import { listReferrers } from './referrers.ts';
import { namespaceOf, parseQuery } from './requests.ts';
import { listTags } from './tags.ts';
import { createValidator } from './validator.ts';
import { getUpload, refuse } from './writes.ts';

const ADMIN_PATHS: ReadonlySet<string> = new Set(adminPaths.map(({ path }) => path));

export interface AppOptions {
  readonly registry: Registry;
  readonly lister: Lister;
  readonly log: Log;
  /** One line for each request; default true. */
  readonly accessLog?: boolean;
  /** Whether `/v2/_catalog` answers; default true. */
  readonly catalog?: boolean;
  /** Whether a host with a colon may begin a path, `/v2/127.0.0.1:5001/library/x/…`; default none. */
  readonly isConfiguredHost?: (host: Host) => boolean;
  /** Who sent a request; default whoever speaks to us. */
  readonly clientOf?: ClientOf;
  /** Lets requests in; default as limits are by default. */
  readonly admission?: Admission;
  /** Who is let in, and to what; without it everybody is, to all. */
  readonly gate?: Gate | undefined;
  /** Most entries in a page for which a client said `n`; default 1000. */
  readonly maxPage?: number;
  /** Told of each request once it is answered, for metrics. */
  readonly onAnswered?: (answered: Answered) => void;
}

/** The registry as something an HTTP server can call. Rejects when ociregistry.yaml is broken. */
export async function createApp(options: AppOptions): Promise<RequestListener> {
  const { registry, lister, log, catalog = true, maxPage = MAX_ASKED_PAGE, onAnswered } = options;
  const { isConfiguredHost = (): boolean => false, admission = new Admission() } = options;
  const { clientOf = new TrustedProxies([]).clientOf } = options;
  const observers = [...(options.accessLog === false ? [] : [accessLog(log)]), ...(onAnswered ? [onAnswered] : [])];
  const app = createExpress();

  const docs = createDocs();
  const routes = Router({ caseSensitive: true, strict: true });
  const repositories = catalog ? listRepositories(lister, maxPage) : noCatalog;
  registerRoutes(routes, {
    headBase: ping,
    getBase: ping,
    headManifest: headManifest(registry),
    getManifest: getManifest(registry),
    headBlob: headBlob(registry),
    getBlob: getBlob(registry),
    headUpload: getUpload,
    getUpload,
    headTags: listTags(lister, maxPage),
    listTags: listTags(lister, maxPage),
    headReferrers: listReferrers(lister),
    listReferrers: listReferrers(lister),
    headRepositories: repositories,
    listRepositories: repositories,
    refuse,
  });

  app.use((req: Request, res: Response, next: NextFunction) => admission.handle(req, res as Reply, next));
  if (options.gate) app.use(createLogin(options.gate));
  app.use((req: Request, res, next: NextFunction) => {
    const hosts = req.headersDistinct['host']?.length ?? 0;
    if (hosts > 1 || (hosts === 0 && req.httpVersion === '1.1')) {
      throw new HttpError('UNSUPPORTED', 'an HTTP/1.1 request needs one Host'); // RFC 9112, 3.2
    }
    const { path } = (res as Reply).locals;
    // They are in the document, and are not here, whatever is to be done with them.
    if (ADMIN_PATHS.has(path)) throw unknownPath(path);
    const rest = (err?: unknown): void => next(err ?? unknownPath(path));
    if (!path.startsWith('/v2/')) docs(req, res, rest);
    else if (req.method === 'GET' || req.method === 'HEAD') next();
    // A write is refused for what it is, however malformed: it does not meet the validator, and an error is its path's.
    else routes(req, res, (err?: unknown) => rest(err && refusal()));
  });
  app.use(await createValidator(app));
  app.use(routes);
  app.use((_req: Request, res: Response) => {
    throw unknownPath((res as Reply).locals.path); // The validator and the router disagree on a few paths, `/v2//` is one.
  });
  app.use(handleErrors(log));

  return (req, res) => {
    begin(req, res, { observers, isConfiguredHost, clientOf });
    app(req, res);
  };
}

function createExpress(): Express {
  const app = express();
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('x-powered-by');
  app.disable('etag'); // Ours are strong, and are digests.
  app.set('query parser', parseQuery);
  return app;
}

interface Beginning {
  readonly observers: readonly ((answered: Answered) => void)[];
  readonly isConfiguredHost: (host: Host) => boolean;
  readonly clientOf: ClientOf;
}

/** What every request needs before it is looked at, so that every answer has it, those of the validator included. */
function begin(req: IncomingMessage, res: ServerResponse, { observers, isConfiguredHost, clientOf }: Beginning): void {
  const [path, query] = splitUrl(req);
  const taken = takePathHost(path, query, req.headers, isConfiguredHost);
  if (taken) req.url = joinUrl(taken.path, query);
  const exchange: Exchange = {
    requestId: requestIdOf(req.headers['x-request-id']),
    started: performance.now(),
    method: req.method ?? '',
    path,
    client: clientOf(req),
    pathHost: taken?.host,
    bytes: 0,
  };
  (res as Reply).locals = exchange as Reply['locals'];
  observe(res as Reply, observers);

  res.setHeader('X-Request-Id', exchange.requestId);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  if (path.startsWith('/v2/')) res.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
  const namespace = taken?.host ?? namespaceOf(path, query, req.headers);
  if (namespace !== undefined) res.setHeader('OCI-Namespace', namespace);
  // Any other text in its place is only that, and may be what nobody is to read.
  if (namespace !== undefined && taken === undefined && isHost(namespace) && isConfiguredHost(parseHost(namespace))) {
    exchange.namespace = namespace;
  }
  // A body is never read, so nothing that comes after it could be.
  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers;
  if (encoding !== undefined || (length !== undefined && length !== '0')) res.setHeader('Connection', 'close');
}

/** Path and query. The URL may be a whole one (RFC 9112, 3.2.2), and `/v2` is `/v2/`. */
function splitUrl(req: IncomingMessage): [path: string, query: string] {
  let url = req.url ?? '/';
  if (!url.startsWith('/')) url = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?!\/)/, '/');
  const mark = url.indexOf('?');
  let path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  if (path === '/v2') path = '/v2/';
  req.url = joinUrl(path, query);
  return [path, query];
}

const joinUrl = (path: string, query: string): string => (query === '' ? path : `${path}?${query}`);
