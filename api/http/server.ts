import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { endWithError } from './bare-answer.ts';
import { TrustedProxies } from './client-address.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { NO_WRITES } from './http-error.ts';
import { DEFAULT_LIMITS, type CountedLimit, type Limits } from './limits.ts';
import { createServer as createNodeServer } from './node-http.ts';
import { TlsLayer, type TlsIdentity } from './tls.ts';

export interface HttpServerOptions {
  readonly limits?: Partial<Limits>;
  /** HTTPS. */
  readonly tls?: TlsIdentity | undefined;
  /** From whose addresses any number of connections may come. */
  readonly proxies?: TrustedProxies;
  /** Told of each connection that is over a limit, for metrics. */
  readonly onRefused?: (limit: CountedLimit) => void;
}

/** A server whose limits and certificate may be replaced while it serves; connections that are open go on. */
export interface HttpServer extends Server {
  readonly limit: (limits: Partial<Limits>) => void;
  /** How new connections are secured; without an identity they are not. Throws for a certificate or key that is none, and then nothing
   *  changes. */
  readonly secure: (identity: TlsIdentity | undefined) => void;
}

/** Over the limit so many may wait for their handshake, to be told so; others are closed. */
const MAX_REFUSED_HANDSHAKES = 64;
/** How often the time-outs are looked at, in milliseconds; Node's 30 s would make them that much longer. */
const CHECK_EVERY_MS = 1_000;
/** The head of a request is in memory: without a limit it is this one, in bytes. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** The HTTP server around an app from `createApp`. The caller listens, and closes. */
export function createServer(app: RequestListener, options: HttpServerOptions = {}): HttpServer {
  const { proxies = new TrustedProxies([]), onRefused = () => undefined } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const serverOptions: ServerOptions = {
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, limits.headersTimeoutMs),
    requireHostHeader: false, // The app answers that, with an envelope.
  };
  const server = createNodeServer(serverOptions);
  setLimits(server, limits);
  const door = new Door(server, new ConnectionLimit(limits, proxies), onRefused);
  door.secure(options.tls);
  answerRequests(server, app);
  return Object.assign(server, {
    limit: (changed: Partial<Limits>): void => {
      const all = { ...DEFAULT_LIMITS, ...changed };
      setLimits(server, all);
      door.limit(all);
    },
    secure: (identity: TlsIdentity | undefined): void => door.secure(identity),
  });
}

/** Where 0 is at once for us, it is never for Node. */
function setLimits(server: Server, limits: Limits): void {
  server.headersTimeout = Math.max(1, limits.headersTimeoutMs);
  server.requestTimeout = Math.max(limits.requestTimeoutMs, limits.headersTimeoutMs);
  server.keepAliveTimeout = Math.max(1, limits.idleTimeoutMs);
  server.maxHeadersCount = limits.headers;
  // Node looks at it for each connection, and has no other way to change it.
  Object.assign(server, { maxHeaderSize: Math.min(limits.headerBytes, MAX_HEADER_BYTES) });
  // Fires when a socket has been still for so long; see cutStalled.
  server.timeout = Math.max(1, limits.writeIdleMs);
}

/** Every connection comes in here: it is counted, secured, and then handed to the HTTP server. */
class Door {
  readonly #server: Server;
  readonly #connections: ConnectionLimit;
  readonly #onRefused: (limit: CountedLimit) => void;
  /** Connections over the limit that are being secured only to be told so. */
  readonly #refused = new Set<Socket>();
  readonly #take: (socket: Socket) => void;
  #tls: TlsLayer | undefined;

  constructor(server: Server, connections: ConnectionLimit, onRefused: (limit: CountedLimit) => void) {
    this.#server = server;
    this.#connections = connections;
    this.#onRefused = onRefused;
    // What Node does with a connection, of which it has more to say than we could by listening beside it.
    const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    this.#take = (socket) => listeners.forEach((listener) => listener.call(server, socket));
    server.on('connection', (socket: Socket) => this.#enter(socket));
  }

  limit(limits: Limits): void {
    this.#connections.limits = limits;
  }

  /** Connections are plain without an identity. */
  secure(identity: TlsIdentity | undefined): void {
    this.#tls =
      identity &&
      new TlsLayer(identity, this.#server.headersTimeout, {
        onSecure: (secure, raw) => this.#secured(secure, raw),
        onPlain: (raw) => endWithError(raw, 400, 'UNSUPPORTED', 'this port speaks https, and was asked by http'),
      });
  }

  #enter(socket: Socket): void {
    const over = this.#connections.take(socket);
    if (over !== undefined) this.#onRefused(over);
    if (this.#tls === undefined) {
      if (over === undefined) this.#take(socket);
      else refuseConnection(socket);
      return;
    }
    if (over !== undefined) {
      if (this.#refused.size >= MAX_REFUSED_HANDSHAKES) return void socket.destroy();
      this.#refused.add(socket);
      socket.once('close', () => this.#refused.delete(socket));
    }
    this.#tls.accept(socket);
  }

  #secured(secure: TLSSocket, raw: Socket): void {
    if (this.#refused.has(raw)) refuseConnection(secure);
    else this.#take(secure);
  }
}

function refuseConnection(socket: Socket): void {
  socket.on('error', () => undefined);
  endWithError(socket, 503, 'UNAVAILABLE', 'too many connections', { 'Retry-After': '1' });
}

function answerRequests(server: Server, app: RequestListener): void {
  const answering = new WeakSet<Duplex>();
  const listener: RequestListener = (req, res) => {
    const { socket } = req;
    answering.add(socket);
    res.once('close', () => answering.delete(socket));
    res.on('timeout', cutStalled);
    app(req, res);
  };
  server.on('request', listener);
  // No "100 Continue": no body is ever wanted.
  server.on('checkContinue', listener);
  server.on('checkExpectation', listener);
  server.on('connect', (_req, socket) => refuseMethod(socket));
  server.on('clientError', (err: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    // In the middle of an answer there is nobody to tell.
    if (!socket.writable || answering.has(socket)) socket.destroy();
    else if (err.code === 'HPE_INVALID_METHOD' && isUnknownMethod(err.rawPacket)) refuseMethod(socket);
    // A TLS handshake on the plain port as well: a client that sees HTTP goes on without TLS at once, where crane would
    // take a closed connection for a passing failure and wait.
    else endWithError(socket, statusOf(err.code), 'UNSUPPORTED', 'malformed request');
  });
}

/** A socket is still: the client takes nothing, or we have nothing to give, waiting for an upstream. Only the first is cut. */
function cutStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

const refuseMethod = (socket: Duplex): void =>
  endWithError(socket, 405, 'UNSUPPORTED', NO_WRITES, { Allow: 'GET, HEAD' });

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

/** A well formed request line; it came here because Node does not know the method. */
const isUnknownMethod = (packet: Buffer | undefined): boolean =>
  /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/.test(packet?.toString('latin1', 0, 1024) ?? '');
