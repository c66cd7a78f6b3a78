// Answers to what never became a request: Node gives the socket only.
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { envelope, type ErrorCode } from './http-error.ts';
import { STATUS_CODES } from './node-http.ts';

/** Writes an error, and ends the connection once the client has closed its side or has had a second to read. */
export function endWithError(
  socket: Duplex,
  status: number,
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(envelope(code, message));
  const lines = Object.entries({
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Docker-Distribution-API-Version': 'registry/2.0',
    'X-Request-Id': randomUUID(),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  linger(socket);
}

/** Closing a socket with unread bytes in it resets the connection, and the client may lose what we have just written. */
function linger(socket: Duplex): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), 1_000).unref();
  socket.once('close', () => clearTimeout(timer));
}
