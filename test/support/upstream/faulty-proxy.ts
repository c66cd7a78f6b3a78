import { once } from 'node:events';
import http, { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import type { Fault } from './faults.ts';
import { Pace, sendFaulty } from './faulty-body.ts';

/** Which requests something happens to. */
export interface Occasion {
  readonly method?: string;
  /** The path with its query, or without it; or what it looks like. */
  readonly path?: string | RegExp;
  /** Which of those that fit: the first is 1. Default: all. */
  readonly nth?: number | ((n: number) => boolean);
}

export interface FaultyProxyOptions {
  /** Speaks TLS with its clients. */
  readonly tls?: https.ServerOptions;
  /** PEM: whom it trusts to be the upstream. */
  readonly upstreamCa?: string;
}

interface Rule {
  readonly occasion: Occasion;
  readonly fault: Fault;
  seen: number;
}

/** Of one connection alone, or said anew. */
const NOT_PASSED_ON = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Stands between a client and an upstream on 127.0.0.1, passes all on as it is, and makes faults where it is told to:
 *
 *      await using proxy = await FaultyProxy.start(upstream.origin);
 *      proxy.when({ method: 'GET', path: /blobs/, nth: 1 }, { cutAfter: 1000 });
 *      proxy.when({ path: /manifests/ }, LYING_DIGEST);
 *
 *  Of several rules that fit the first one counts. */
export class FaultyProxy implements AsyncDisposable {
  /** All that was asked, `GET /v2/a/tags/list?n=1`, also what it answered itself. */
  readonly lines: string[] = [];
  /** How many bytes of bodies came from the upstream. */
  upstreamBytes = 0;
  /** How many connections were made to it, refused ones among them. */
  connections = 0;
  readonly #upstream: string;
  readonly #ca: string | undefined;
  readonly #server: http.Server | https.Server;
  readonly #agent: http.Agent;
  readonly #sockets = new Set<Socket>();
  readonly #paces = new WeakMap<Socket, Pace>();
  #rules: Rule[] = [];
  #isRefusing = false;
  #connectionBytesPerSecond: number | undefined;

  /** `upstream` is an origin: `http://127.0.0.1:5000`. */
  static async start(upstream: string, options: FaultyProxyOptions = {}): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(upstream, options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(upstream: string, { tls, upstreamCa }: FaultyProxyOptions) {
    this.#upstream = upstream;
    this.#ca = upstreamCa;
    this.#agent = new (upstream.startsWith('https:') ? https : http).Agent({ keepAlive: true });
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#pass(request, response);
    this.#server = tls ? https.createServer(tls, listener) : http.createServer(listener);
    this.#server.on('connection', (socket) => this.#accept(socket));
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `${this.#server instanceof https.Server ? 'https' : 'http'}://${this.host}`;
  }

  when(occasion: Occasion, fault: Fault): this {
    this.#rules.push({ occasion, fault, seen: 0 });
    return this;
  }

  /** Closes every connection, and each that is made from now on at once, until told otherwise. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** So fast bodies are sent on each connection that sends from now on; undefined: as fast as they come. */
  limitConnections(bytesPerSecond: number | undefined): void {
    this.#connectionBytesPerSecond = bytesPerSecond;
  }

  /** Makes no more faults, and counts from zero. */
  reset(): void {
    this.#rules = [];
    this.lines.length = 0;
    this.upstreamBytes = 0;
    this.connections = 0;
    this.limitConnections(undefined);
    this.refuse(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isRefusing) socket.resetAndDestroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.lines.push(`${method} ${url}`);
    const fault = this.#faultFor(method, url);
    const left = new AbortController();
    response.once('close', () => left.abort());
    try {
      if (fault.delayHeadersMs !== undefined) await delay(fault.delayHeadersMs, undefined, { signal: left.signal });
      if (!answerItself(fault, request, response)) await this.#forward(request, response, fault, left.signal);
    } catch {
      // The client has left, or the upstream, which the client is to see as it is.
      response.destroy();
    }
  }

  async #forward(request: IncomingMessage, response: ServerResponse, fault: Fault, signal: AbortSignal): Promise<void> {
    const { method, headers } = request;
    const url = new URL(request.url ?? '', this.#upstream);
    const asked = (url.protocol === 'https:' ? https : http).request({
      ...urlToHttpOptions(url),
      method,
      headers,
      agent: this.#agent,
      signal,
      ...(this.#ca !== undefined && { ca: this.#ca }),
    });
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
    request.pipe(asked);
    const [answer] = await answered;
    answer.on('data', (chunk: Buffer) => (this.upstreamBytes += chunk.length)).pause();
    response.writeHead(answer.statusCode ?? 502, headersOf(answer, fault));
    await sendFaulty(answer, fault, this.#pacesOf(fault, request.socket), response, signal);
  }

  #pacesOf({ bytesPerSecond }: Fault, socket: Socket): Pace[] {
    const paces = bytesPerSecond === undefined ? [] : [new Pace(bytesPerSecond)];
    if (this.#connectionBytesPerSecond === undefined) return paces;
    const known = this.#paces.get(socket) ?? new Pace(this.#connectionBytesPerSecond);
    this.#paces.set(socket, known);
    return [...paces, known];
  }

  #faultFor(method: string, url: string): Fault {
    const fitting = this.#rules.filter(({ occasion }) => fits(occasion, method, url));
    for (const rule of fitting) rule.seen++;
    return fitting.find(({ occasion, seen }) => isTurn(occasion, seen))?.fault ?? {};
  }
}

function fits({ method, path }: Occasion, asked: string, url: string): boolean {
  if (method !== undefined && method !== asked) return false;
  if (typeof path === 'string') return path === url || path === url.split('?', 1)[0];
  return path?.test(url) ?? true;
}

function isTurn({ nth }: Occasion, seen: number): boolean {
  return typeof nth === 'function' ? nth(seen) : nth === undefined || nth === seen;
}

function answerItself({ answer, redirectTo }: Fault, { url = '' }: IncomingMessage, response: ServerResponse): boolean {
  const { status, headers, body } =
    redirectTo === undefined ? (answer ?? {}) : { status: 307, headers: { location: `${redirectTo}${url}` } };
  if (status === undefined) return false;
  response.writeHead(status, headers).end(body);
  return true;
}

function headersOf(answer: IncomingMessage, { headers, gzip = false, lengthOffBy = 0 }: Fault): OutgoingHttpHeaders {
  const passed = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !NOT_PASSED_ON.has(name)));
  const { 'content-length': length } = answer.headers;
  return {
    ...passed,
    ...(length !== undefined && !gzip && { 'content-length': Number(length) + lengthOffBy }),
    ...(gzip && { 'content-encoding': 'gzip' }),
    ...headers,
  };
}
