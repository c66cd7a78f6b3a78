import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { ServerOptions as TlsOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endWithError } from './bare-answer.ts';
import { NO_WRITES } from './http-error.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createSecureServer, createServer as createNodeServer } from './node-http.ts';

export interface HttpServerOptions {
  readonly limits?: Partial<Limits>;
  /** HTTPS; `server.setSecureContext` changes the certificate later. */
  readonly tls?: TlsOptions;
}

/** The HTTP server around an app from `createApp`. The caller listens, and closes. */
export function createServer(app: RequestListener, { limits = {}, tls }: HttpServerOptions = {}): Server {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const options: ServerOptions = {
    headersTimeout: all.headersTimeoutMs,
    requestTimeout: all.requestTimeoutMs,
    keepAliveTimeout: all.idleTimeoutMs,
    maxHeaderSize: all.headerBytes,
    // How often the two timeouts above are looked at; Node's 30 s would make them that much longer.
    connectionsCheckingInterval: Math.min(5_000, all.headersTimeoutMs),
    requireHostHeader: false, // The app answers that, with an envelope.
  };
  const server = tls ? createSecureServer({ ...tls, ...options }) : createNodeServer(options);
  server.maxHeadersCount = all.headers;
  // Fires when a socket has been still for so long; see cutStalled.
  server.timeout = all.writeIdleMs;

  const answering = new WeakSet<Duplex>();
  const refused = limitConnections(server, tls ? 'secureConnection' : 'connection', all.connections);
  const listener: RequestListener = (req, res) => {
    const { socket } = req;
    if (refused.has(socket)) return;
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
    // In the middle of an answer, or of a TLS handshake, there is nobody to tell.
    if (!socket.writable || answering.has(socket) || refused.has(socket)) socket.destroy();
    else if (err.code === 'HPE_INVALID_METHOD' && isUnknownMethod(err.rawPacket)) refuseMethod(socket);
    // A TLS handshake on the plain port as well: a client that sees HTTP goes on without TLS at once, where crane would
    // take a closed connection for a passing failure and wait.
    else endWithError(socket, statusOf(err.code), 'UNSUPPORTED', 'malformed request');
  });
  return server;
}

/** A socket is still: the client takes nothing, or we have nothing to give, waiting for an upstream. Only the first is cut. */
function cutStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

/** Sockets over the limit are told so at once. Gives those that were. */
function limitConnections(server: Server, event: 'connection' | 'secureConnection', limit: number): WeakSet<Duplex> {
  const refused = new WeakSet<Duplex>();
  let open = 0;
  server.on(event, (socket: Socket) => {
    if (limit > 0 && open >= limit) {
      refused.add(socket);
      endWithError(socket, 503, 'UNAVAILABLE', 'too many connections', { 'Retry-After': '1' });
      return;
    }
    open++;
    socket.once('close', () => open--);
  });
  return refused;
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
