import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Exchange, Reply } from './exchange.ts';

/** A finished request, for the access log and metrics. */
export interface Answered extends Readonly<Exchange> {
  readonly status: number;
  readonly durationMs: number;
  /** Of what was sent, a manifest or a blob. */
  readonly digest?: string;
  /** The client hung up, or we cut it off. */
  readonly aborted: boolean;
}

/** The client's id if it is well formed: it goes into a header and the log, so it may not be just anything. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : randomUUID();
}

/** Calls `observers` once the answer has left, or the client has. */
export function observe(res: Reply, observers: readonly ((answered: Answered) => void)[]): void {
  if (observers.length === 0) return;
  res.once('close', () => {
    const aborted = !res.writableFinished;
    // 499 as nginx has it: there was no answer.
    const status = aborted && !res.headersSent ? 499 : res.statusCode;
    const durationMs = Math.round((performance.now() - res.locals.started) * 1000) / 1000;
    const digest = res.getHeader('Docker-Content-Digest') as string | undefined;
    const bytes = bytesOf(res);
    const answered: Answered = {
      ...res.locals,
      bytes,
      status,
      durationMs,
      aborted,
      ...(digest !== undefined && { digest }),
    };
    for (const observer of observers) observer(answered);
  });
}

/** What Express sent by itself, the pages for people, is counted by its length. */
function bytesOf(res: Reply): number {
  const { bytes, method } = res.locals;
  if (bytes > 0 || method === 'HEAD' || res.statusCode === 304 || !res.writableFinished) return bytes;
  return Number(res.getHeader('Content-Length') ?? 0);
}

/** One line for each request, those that the validator refuses included. Never a query or a header: they hold secrets. */
export function accessLog(log: Log): (answered: Answered) => void {
  return ({ method, path, status, bytes, durationMs, cache, client, user, requestId, aborted }) => {
    log.info('request', {
      method,
      path,
      status,
      bytes,
      durationMs,
      ...(cache !== undefined && { cache }),
      client,
      ...(user !== undefined && { user }),
      requestId,
      ...(aborted && { aborted }),
    });
  };
}
