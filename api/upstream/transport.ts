import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';
import { UpstreamError } from '../oci/errors.ts';
import { createAgent, type Timeouts, type TlsOptions } from './agent.ts';
import { connectionError } from './connection-error.ts';

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

/** Sends requests as they are: nothing is decoded, redirected or tried again. */
export class Transport {
  readonly #home: string;
  readonly #tls: TlsOptions;
  readonly #timeouts: Timeouts;
  readonly #userAgent: string;
  readonly #own: Agent;
  #others: Agent | undefined;

  /** `home` is the endpoint. Throws for a certificate or key that is none. */
  constructor(home: URL, tls: TlsOptions, timeouts: Timeouts, userAgent: string) {
    this.#home = home.hostname;
    this.#tls = tls;
    this.#timeouts = timeouts;
    this.#userAgent = userAgent;
    try {
      this.#own = createAgent(tls, timeouts);
    } catch (cause) {
      const { reason, message } = cause as Error & { reason?: string };
      throw new Error(`${home.origin}: tls: ${reason ?? message}`, { cause });
    }
  }

  /** Throws UpstreamError when no answer comes; what the signal was aborted with, when it was. */
  async send({ method, url, headers, body, signal, headersMs = Infinity, subject }: WireRequest): Promise<WireAnswer> {
    const late = new AbortController();
    const waitMs = Math.min(headersMs, this.#timeouts.headersMs);
    const timer = setTimeout(() => {
      late.abort(new UpstreamError('timeout', `${subject}: ${url.origin}: no answer within ${Math.round(waitMs)} ms`));
    }, waitMs);
    try {
      const answer = await this.#agentFor(url).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        // What was compressed on the way has neither the digest nor the size that were asked for.
        headers: { 'user-agent': this.#userAgent, 'accept-encoding': 'identity', ...headers },
        ...(body !== undefined && { body }),
        signal: AbortSignal.any([signal, late.signal]),
      });
      // Whoever reads it is told of an error; one that nobody reads, or not yet, must not end the process.
      answer.body.on('error', () => {});
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
  async close(): Promise<void> {
    await Promise.all([this.#own.destroy(), this.#others?.destroy()]);
  }

  #agentFor(url: URL): Agent {
    if (url.hostname === this.#home) return this.#own;
    const { ca, insecureSkipVerify } = this.#tls;
    const tls = { ...(ca !== undefined && { ca }), ...(insecureSkipVerify && { insecureSkipVerify }) };
    return (this.#others ??= createAgent(tls, this.#timeouts));
  }
}
