// The typed edge between Express and the operations of the document.
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { operations } from '../../generated/types.ts';
import type { Body } from '../registry.ts';
import { cacheControlFor } from './caching.ts';
import type { Exchange, Reply as Response } from './exchange.ts';
import { joinSegments } from './requests.ts';
import { sendBody } from './send-body.ts';

export type OperationId = keyof operations;

/** What a handler of operation K gets. */
type Call<K extends OperationId> = CallWith<operations[K]['parameters']>;
/** What it may answer: a documented status, with its documented headers and media type. Errors are thrown. */
export type Reply<K extends OperationId> = ReplyWith<operations[K]['responses'], Bare<K>>;
export type Handler<K extends OperationId> = HandlerWith<operations[K]['parameters'], Reply<K>>;

/** Written over the structure, not over K, so that the handler of a GET is one of its HEAD too. */
interface HandlerWith<P extends { path?: unknown; query?: unknown }, R> {
  // eslint-disable-next-line @typescript-eslint/prefer-function-type -- an alias would be compared by K again
  (call: CallWith<P>): Promise<R> | R;
}

interface CallWith<P extends { path?: unknown; query?: unknown }> {
  readonly params: Clean<P['path']>;
  readonly query: Clean<P['query']>;
  readonly headers: IncomingHttpHeaders;
  /** Path and query, as the client wrote them but for `pathHost`. */
  readonly url: string;
  /** The host that was taken from the front of the path, as the client spelled it. */
  readonly pathHost?: string | undefined;
  /** Whether a repository, by its full name, is there for whoever asks. Absent when all are. */
  readonly isVisible?: ((fullName: string) => boolean) | undefined;
}
type Clean<T> = [NonNullable<T>] extends [never] ? object : NonNullable<T>;

type ReplyWith<R, B> = {
  [S in keyof R & number]: { status: S; cache?: Exchange['cache'] } & HeadersOf<R[S]> & ContentOf<R[S], B>;
}[keyof R & number];

/** Set for every answer, so no handler need think of them. */
type CommonHeader = 'Docker-Distribution-API-Version' | 'X-Request-Id' | 'OCI-Namespace' | 'Content-Length';
type Declared<H> = { [N in keyof H as string extends N ? never : N extends CommonHeader ? never : N]: H[N] };
type HeadersOf<R> = R extends { headers: infer H }
  ? Partial<Declared<H>> extends Declared<H>
    ? { headers?: Declared<H> }
    : { headers: Declared<H> }
  : unknown;

type ContentOf<R, B> = R extends { content: infer C extends Record<string, unknown> }
  ? { [M in keyof C & string]: { type: MediaType<M> } & (WithBody<C[M]> | B) }[keyof C & string]
  : { type?: undefined; body?: undefined };
/** A range of the document, `application/*`, stands for any type in it. */
type MediaType<M extends string> = M extends `${infer Kind}/*` ? `${Kind}/${string}` : M;
type WithBody<T> = { body: T | Buffer; length?: undefined } | { body: Body; length: number };
/** HEAD may leave the body out, and says its length instead. */
type Bare<K> = K extends `head${string}` ? { body?: undefined; length: number } : never;

/** A handler as Express wants it. `id` names the operation to the access log and metrics. */
export function adapt<K extends OperationId>(id: string, handler: Handler<K>): RequestHandler {
  const handle = async (req: Request, res: Response): Promise<void> => {
    res.locals.operation = id;
    const params = joinSegments(req.params) as Call<K>['params'];
    const query = req.query as Call<K>['query'];
    const { pathHost, isVisible } = res.locals;
    await send(req, res, await handler({ params, query, headers: req.headers, url: req.url, pathHost, isVisible }));
  };
  return handle as unknown as RequestHandler; // Only the type of `locals` differs.
}

interface Answer {
  readonly status: number;
  readonly cache?: Exchange['cache'] | undefined;
  readonly headers?: object | undefined;
  readonly type?: string | undefined;
  readonly body?: unknown;
  readonly length?: number | undefined;
}

async function send(
  req: Request,
  res: Response,
  { status, cache, headers, type, body, length }: Answer,
): Promise<void> {
  if (cache !== undefined) res.locals.cache = cache;
  const bytes = body === undefined || Buffer.isBuffer(body) || isBody(body) ? body : Buffer.from(JSON.stringify(body));
  const size = Buffer.isBuffer(bytes) ? bytes.length : (length ?? 0);
  const writeHead = (): void => {
    res.statusCode = status;
    for (const name in headers) {
      const value = headers[name as keyof typeof headers] as string | number | undefined;
      if (value !== undefined) res.setHeader(name, name === 'Cache-Control' ? cacheControlFor(res, value) : value);
    }
    if (type !== undefined) res.setHeader('Content-Type', type);
    // A 304 has no body, so a length would be that of what is not sent.
    if (status !== 304) res.setHeader('Content-Length', size);
  };

  if (isBody(bytes)) {
    if (req.method !== 'HEAD') return sendBody(res, bytes, size, writeHead);
    await bytes.return();
  }
  writeHead();
  if (!Buffer.isBuffer(bytes) || req.method === 'HEAD') {
    res.end();
  } else {
    res.locals.bytes = size;
    res.end(bytes);
  }
}

const isBody = (body: unknown): body is Body =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
