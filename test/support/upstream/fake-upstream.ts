import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { Piece } from '../tiny-image.ts';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** What is done with a request: an answer, or anything else that can be done to a connection. */
export type Reply = Answer | ((request: IncomingMessage, response: ServerResponse) => void);

const open = new Set<FakeUpstream>();
after(() => Promise.all([...open].map((fake) => fake[Symbol.asyncDispose]())));

/** A registry that does what a test says, on a real listener on 127.0.0.1. It is closed at the end of the test file. */
export class FakeUpstream implements AsyncDisposable {
  /** All requests so far. */
  readonly asked: Asked[] = [];
  readonly #server: http.Server | https.Server;
  readonly #replies = new Map<string, Reply[]>();
  readonly #isTls: boolean;

  static async start(tls?: https.ServerOptions): Promise<FakeUpstream> {
    const fake = new FakeUpstream(tls);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    open.add(fake);
    return fake;
  }

  private constructor(tls: https.ServerOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#isTls = tls !== undefined;
    this.#server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `${this.#isTls ? 'https' : 'http'}://${this.host}`;
  }

  /** The requests so far, `GET /v2/a/tags/list?n=1`. */
  get lines(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  /** How many connections are open. */
  async connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((err, count) => {
        if (err) reject(err);
        else resolve(count);
      });
    });
  }

  /** Replies to `GET /v2/…`, with or without its query: one after the other, the last one from then on. Anything else
   *  is 404. */
  on(line: string, ...replies: readonly Reply[]): this {
    this.#replies.set(line, [...replies]);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    this.asked.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
    const replies = this.#replies.get(`${method} ${url}`) ?? this.#replies.get(`${method} ${url.split('?')[0]!}`);
    const reply = replies && replies.length > 1 ? replies.shift() : replies?.[0];
    if (typeof reply === 'function') reply(request, response);
    else send(response, reply ?? { status: 404 });
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer): void {
  const length = response.req.method === 'HEAD' ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers }).end(body);
}

/** Asks for a way in first. */
export const challenge = (...lines: readonly string[]): Answer => ({
  status: 401,
  headers: { 'www-authenticate': [...lines], 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }),
});

/** A manifest as registries send it. */
export const manifestReply = ({ bytes, digest, mediaType }: Piece, headers: http.OutgoingHttpHeaders = {}): Answer => ({
  headers: { 'content-type': mediaType, 'docker-content-digest': digest, ...headers },
  body: bytes,
});

/** The same without its body. */
export const manifestHead = ({ bytes, digest, mediaType }: Piece): Answer => ({
  headers: { 'content-type': mediaType, 'docker-content-digest': digest, 'content-length': bytes.length },
});

/** A blob, or the part that a `Range` asks for. */
export function blobReply(bytes: Buffer, headers: http.OutgoingHttpHeaders = {}): Reply {
  return (request, response) => {
    const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(match?.[1] ?? 0);
    const end = Math.min(match?.[2] ? Number(match[2]) : Infinity, bytes.length - 1);
    const range = match ? { 'content-range': `bytes ${start}-${end}/${bytes.length}` } : {};
    send(response, {
      status: match ? 206 : 200,
      headers: { ...range, ...headers },
      body: bytes.subarray(start, end + 1),
    });
  };
}

/** As `reply` says, but the connection is cut after so many bytes of the body. */
export function cutAfter(count: number, bytes: Buffer, { status = 200, headers = {} }: Answer = {}): Reply {
  return (_, response) => {
    response.writeHead(status, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, count), () => response.destroy());
  };
}

/** Takes the request and says nothing. */
export const silence: Reply = () => {};

export const redirect = (location: string, status = 307): Answer => ({ status, headers: { location } });

/** The envelope of the specification. */
export const envelope = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message }] }),
});
