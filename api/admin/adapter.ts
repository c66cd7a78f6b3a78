// The typed edge between Express and the operations of the admin listener.
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { operations } from '../../generated/types.ts';
import { adapt, type Handler, type OperationId, type Reply } from '../http/adapter.ts';
import { HttpError } from '../http/http-error.ts';

type QueryOf<K extends OperationId> = operations[K]['parameters'] extends { query?: infer Q } ? NonNullable<Q> : never;
type BodyOf<K extends OperationId> = operations[K] extends { requestBody: { content: { 'application/json': infer B } } }
  ? B
  : undefined;

/** What a handler of operation K gets. */
interface AdminCall<K extends OperationId> {
  readonly query: QueryOf<K>;
  /** As the document wants it. */
  readonly body: BodyOf<K>;
  readonly headers: IncomingHttpHeaders;
}

/** What it may answer is what the document says; errors are thrown. */
export type AdminHandler<K extends OperationId> = (call: AdminCall<K>) => Promise<Reply<K>> | Reply<K>;

/** A handler as Express wants it. `id` names the operation to the log. */
export function adaptAdmin<K extends OperationId>(id: K, handle: AdminHandler<K>): RequestHandler {
  return (req, res, next) => {
    const { body } = req as Request<unknown, unknown, BodyOf<K>>;
    const call = ({ query, headers }: { query: unknown; headers: IncomingHttpHeaders }): ReturnType<AdminHandler<K>> =>
      handle({ query: query as QueryOf<K>, body, headers });
    return adapt(id, call as unknown as Handler<K>)(req, res, next);
  };
}

/** Says of a path what may be done there. */
export function refuseOthers(allowed: string): RequestHandler {
  return () => {
    throw new HttpError('UNSUPPORTED', `allowed here: ${allowed}`, { status: 405, headers: { Allow: allowed } });
  };
}
