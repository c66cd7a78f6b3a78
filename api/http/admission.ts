import type { Socket } from 'node:net';
import type { NextFunction, Request } from 'express';
import { limitedAs } from './client-address.ts';
import type { Exchange, Reply } from './exchange.ts';
import { HttpError } from './http-error.ts';
import { DEFAULT_LIMITS, type CountedLimit, type Limits } from './limits.ts';
import { Quota } from './quota.ts';

type RequestLimits = Pick<Limits, 'requests' | 'requestsPerClient' | 'blobStreams' | 'blobStreamsPerClient'>;

/** When to ask again, in seconds. Most requests take no longer. */
const RETRY_AFTER = '1';
const BLOB = /^\/v2\/.+\/blobs\/[^/]+$/;

/** Lets requests in while there is room for them. */
export class Admission {
  /** May be changed: what is in progress counts on. */
  limits: RequestLimits;
  readonly #requests = new Quota();
  readonly #blobStreams = new Quota();
  readonly #inProgress = new WeakMap<Socket, Set<() => void>>();
  readonly #onRefused: (limit: CountedLimit) => void;

  constructor(limits: RequestLimits = DEFAULT_LIMITS, onRefused: (limit: CountedLimit) => void = () => undefined) {
    this.limits = limits;
    this.#onRefused = onRefused;
  }

  /** For Express: 503 with `Retry-After` for a request over a limit. Never 429, which containerd repeats at once, and Docker never. */
  readonly handle = (req: Request, res: Reply, next: NextFunction): void => {
    const { client } = res.locals;
    const who = limitedAs(client);
    this.#enter(this.#requests, 'requests', who);
    this.#release(req.socket, res, () => this.#requests.release(who));
    if (isBlobStream(res.locals)) {
      this.#enter(this.#blobStreams, 'blobStreams', who);
      this.#release(req.socket, res, () => this.#blobStreams.release(who));
    }
    next();
  };

  #enter(quota: Quota, name: 'requests' | 'blobStreams', client: string): void {
    const perClient = `${name}PerClient` as const;
    const exhausted = quota.take(client, { total: this.limits[name], perClient: this.limits[perClient] });
    if (exhausted === undefined) return;
    this.#onRefused(exhausted === 'total' ? name : perClient);
    const what = name === 'requests' ? 'requests' : 'downloads';
    const whose = exhausted === 'total' ? 'at once' : `at once from ${client}`;
    throw new HttpError('UNAVAILABLE', `too many ${what} ${whose}`, { headers: { 'Retry-After': RETRY_AFTER } });
  }

  /** Once the answer is over, or the connection is: an answer that waits behind another one is not told of that. */
  #release(socket: Socket, res: Reply, release: () => void): void {
    const open = this.#openOn(socket);
    const once = (): void => {
      if (open.delete(once)) release();
    };
    open.add(once);
    res.once('close', once);
    if (socket.destroyed) once();
  }

  #openOn(socket: Socket): Set<() => void> {
    const known = this.#inProgress.get(socket);
    if (known) return known;
    const open = new Set<() => void>();
    this.#inProgress.set(socket, open);
    socket.once('close', () => {
      for (const release of open) release();
    });
    return open;
  }
}

const isBlobStream = ({ method, path }: Exchange): boolean => method === 'GET' && BLOB.test(path);
