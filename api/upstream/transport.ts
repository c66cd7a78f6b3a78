import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { UpstreamError } from '../oci/errors.ts';
import type { Timeouts, TlsOptions } from './agent.ts';
import { connectionError } from './connection-error.ts';
import { ProxyFailure } from './proxy-failure.ts';
import type { ProxyOptions } from './proxy-rules.ts';
import { Routes } from './routes.ts';
import type { Traffic } from './traffic.ts';

export type Headers = IncomingHttpHeaders;
export type ResponseBody = Dispatcher.ResponseData['body'];

export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Instead of the transport's own, if that is longer. */
  readonly headersMs?: number;
  /** Who is asked what, for messages: `quay.io: GET coreos/flannel:v1`. */
  readonly subject: string;
}

/** An answer whose body is still to come: it is read, or given up by {@link discard} or `destroy()`. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ResponseBody;
  /** What answered, after redirects. */
  readonly url: URL;
}

/** One header's value, the first where it must be single. */
export function headerOf({ headers }: Pick<WireAnswer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Lets go of an answer that nobody reads; if little is left of it, its connection is used again. */
export function discard({ body }: Pick<WireAnswer, 'body'>): void {
  body.dump({ limit: 64 * 1024 }).catch(() => undefined);
}

interface TransportOptions {
  readonly tls: TlsOptions;
  readonly timeouts: Timeouts;
  readonly proxy: ProxyOptions | undefined;
  readonly userAgent: string;
  readonly traffic?: Traffic | undefined;
}

/** Sends requests as they are: nothing is decoded, redirected or tried again. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #routes: Routes;

  /** `home` is the endpoint. Throws for a certificate or key that is none, and for a proxy that is no URL. */
  constructor(home: URL, options: TransportOptions) {
    this.#options = options;
    this.#routes = new Routes(home, options);
  }

  /** Throws UpstreamError when no answer comes; what the signal was aborted with, when it was. */
  async send({ method, url, headers, body, signal, headersMs = Infinity, subject }: WireRequest): Promise<WireAnswer> {
    const { timeouts, userAgent } = this.#options;
    const late = new AbortController();
    const waitMs = Math.min(headersMs, timeouts.headersMs);
    const timer = setTimeout(() => {
      late.abort(new UpstreamError('timeout', `${subject}: ${url.origin}: no answer within ${Math.round(waitMs)} ms`));
    }, waitMs);
    try {
      const { agent, origin, path, headers: routing, proxy } = this.#routes.to(url);
      const answer = await agent.request({
        origin,
        path,
        method,
        // What was compressed on the way has neither the digest nor the size that were asked for.
        headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...headers, ...routing },
        ...(body !== undefined && { body }),
        signal: AbortSignal.any([signal, late.signal]),
      });
      // Whoever reads it is told of an error; one that nobody reads, or not yet, must not end the process.
      answer.body.on('error', () => {});
      if (proxy && answer.statusCode === 407) {
        discard(answer);
        throw new ProxyFailure(proxy.url, { status: 407 });
      }
      return { status: answer.statusCode, headers: answer.headers, body: answer.body, url };
    } catch (err) {
      signal.throwIfAborted();
      late.signal.throwIfAborted();
      throw connectionError(err, url, subject);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends what is under way and frees every socket. */
  close(): Promise<void> {
    return this.#routes.close();
  }
}
