// Who is let in. It stands before everything else that answers.
import { TLSSocket } from 'node:tls';
import { Router, type NextFunction, type Request, type Response } from 'express';
import { paths } from '../../generated/routes.ts';
import { certificateUser, type CertificateField } from '../auth/certificate-user.ts';
import type { Gate, Target } from '../auth/gate.ts';
import { NotAdmitted } from '../auth/not-admitted.ts';
import { limitedAs } from './client-address.ts';
import type { Reply } from './exchange.ts';
import { HttpError } from './http-error.ts';
import { joinSegments, nameAsked, parseRepositoryCall } from './requests.ts';

/** When to ask again, in seconds: by then many passwords have been compared. */
const RETRY_AFTER = '1';

type Middleware = (req: Request, res: Response, next: NextFunction) => Promise<void>;

/** Lets requests pass that the gate admits, and notes for whom they are. */
export function createLogin(gate: Gate): Middleware {
  const targetOf = createTargets();
  return async (req, res, next) => {
    const { locals } = res as Reply;
    const { client, method } = locals;
    locals.isPrivate = true;
    try {
      const { user, isVisible } = await gate.admit({
        authorization: req.headers.authorization,
        certificateUser: (field) => peerIdentity(req, field),
        client: limitedAs(client),
        target: await targetOf(req, res),
        isRead: method === 'GET' || method === 'HEAD',
      });
      if (user !== undefined) locals.user = user;
      if (isVisible) locals.isVisible = isVisible;
    } catch (err) {
      if (!(err instanceof NotAdmitted)) throw err;
      if (err.user !== undefined) locals.user = err.user;
      throw refusalOf(err);
    }
    next();
  };
}

/** Tells what a request asks for, by the routes of the document and the handlers' own parser: what is decided about is what will be
 *  served. */
function createTargets(): (req: Request, res: Response) => Promise<Target> {
  const targets = new WeakMap<Request, Target>();
  const router = Router({ caseSensitive: true, strict: true });
  for (const { path } of paths) {
    router.all(routeOf(path), (req: Request, res: Response, next: NextFunction) => {
      targets.set(req, path === '/v2/_catalog' ? { kind: 'catalog' } : parseTarget(req, res as Reply));
      next('router');
    });
  }
  // A path that cannot be decoded is an error of the router's, and will be one again.
  return (req, res) =>
    new Promise((resolve) => void router(req, res, () => resolve(targets.get(req) ?? { kind: 'other' })));
}

/** As Express has it: the document's name holds slashes. */
const routeOf = (path: string): string => path.replace('{name}', '*name').replace(/\{(\w+)\}/g, ':$1');

function parseTarget(req: Request, { locals: { pathHost } }: Reply): Target {
  const { name } = joinSegments(req.params);
  if (name === undefined) return { kind: 'other' };
  const call = { params: { name }, query: req.query as { ns?: string }, headers: req.headers, pathHost };
  try {
    return { kind: 'repository', repo: parseRepositoryCall(call), name: nameAsked(call) };
  } catch {
    return { kind: 'other' }; // Its handler will tell who is let in what is wrong with it.
  }
}

/** The user of the client's certificate, as far as it was asked for one and ours has signed it. */
function peerIdentity({ socket }: Request, field: CertificateField): string | undefined {
  return socket instanceof TLSSocket && socket.authorized
    ? certificateUser(socket.getPeerCertificate(), field)
    : undefined;
}

function refusalOf(err: NotAdmitted): HttpError {
  const { kind, message, challenge } = err;
  switch (kind) {
    case 'unauthorized':
      return new HttpError('UNAUTHORIZED', message, {
        ...(challenge !== undefined && { headers: { 'WWW-Authenticate': challenge } }),
      });
    case 'denied':
      return new HttpError('DENIED', message);
    case 'busy':
      return new HttpError('UNAVAILABLE', message, { headers: { 'Retry-After': RETRY_AFTER }, cause: err });
  }
}
