import type { Log } from '../log.ts';
import { UpstreamError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { isLoopback } from './address.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './agent.ts';
import { answerError, type UnknownCode } from './answer-error.ts';
import type { Clock } from './clock.ts';
import { speaksNoTls } from './connection-error.ts';
import { baseOf, type EndpointOptions } from './endpoint-options.ts';
import { Login } from './login.ts';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';
import { follow } from './redirects.ts';
import { TokenService } from './token-service.ts';
import { TokenSource } from './token-source.ts';
import { discard, headerOf, Transport, type WireAnswer } from './transport.ts';

export interface EndpointContext {
  /** How the upstream is called. */
  readonly host: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly userAgent: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** What is asked of an endpoint. */
export interface Inquiry {
  readonly method: 'GET' | 'HEAD';
  /** After `/v2/`; or the whole, where an earlier answer said it. */
  readonly path: string | URL;
  readonly repository: RepositoryName;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a 404 means. */
  readonly unknown: UnknownCode;
  /** Who is asked what, for messages: `quay.io: GET coreos/flannel:v1`. */
  readonly subject: string;
  /** Statuses that are no errors, beside 200. */
  readonly expects?: readonly number[];
  readonly signal: AbortSignal;
  /** The most to wait for the headers of each answer. */
  readonly headersMs?: number;
}

/** One 401 for having no token, one for having an old one; after that it is meant. */
const MAX_LOGINS = 2;

/** Asks one address of a registry: logs in, follows redirects, and makes errors of answers that are some. */
export class Endpoint {
  /** What it last said of its limit. */
  rateLimit: RateLimit | undefined;
  readonly #context: EndpointContext;
  readonly #transport: Transport;
  readonly #tokens: TokenSource;
  readonly #login: Login;
  #base: URL;
  /** Until it has answered over TLS: a connection that is reset then is only that. */
  #mayBePlain: boolean;
  #pausedUntil = 0;

  /** Throws for a URL, certificate or key that is none. */
  constructor({ url, tls = {}, credentials, tryPlainHttp = false }: EndpointOptions, context: EndpointContext) {
    this.#base = baseOf(url);
    this.#context = context;
    this.#mayBePlain = tryPlainHttp && this.#base.protocol === 'https:' && isLoopback(this.#base);
    this.#transport = new Transport(this.#base, tls, { ...DEFAULT_TIMEOUTS, ...context.timeouts }, context.userAgent);
    const service = new TokenService({
      transport: this.#transport,
      home: () => this.#base,
      host: context.host,
      now: context.clock.now,
    });
    this.#tokens = new TokenSource((wanted, signal) => service.fetch(wanted, signal), context.clock.now);
    this.#login = new Login(this.#tokens, credentials);
  }

  get origin(): string {
    return this.#base.origin;
  }

  /** For how long nobody should ask it. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#context.clock.now());
  }

  /** All requests leave it alone for so long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#context.clock.now() + ms);
  }

  /** An answer of status 200, or one that is expected. Throws UpstreamError, and RegistryError for 404. */
  async ask(inquiry: Inquiry): Promise<WireAnswer> {
    const { clock, log, host } = this.#context;
    const started = clock.now();
    const answer = await this.#askWithLogin(inquiry);
    const { status } = answer;
    log.debug(`${inquiry.subject}: ${status}`, { upstream: host, status, durationMs: clock.now() - started });
    this.#note(answer);
    if (status === 200 || inquiry.expects?.includes(status)) return this.#unencoded(answer, inquiry);
    throw await answerError(answer, { ...inquiry, home: this.#base }, clock.now());
  }

  async close(): Promise<void> {
    this.#tokens.close();
    await this.#transport.close();
  }

  async #askWithLogin(inquiry: Inquiry): Promise<WireAnswer> {
    const { repository, signal } = inquiry;
    let authorization = await this.#login.known(repository, signal);
    for (let logins = authorization === undefined ? 0 : 1; ; logins++) {
      const answer = await this.#askAgainElsewhere(inquiry, authorization);
      if (answer.status !== 401 || !this.#isOwn(answer) || logins === MAX_LOGINS) return answer;
      const lines = linesOf(answer, 'www-authenticate');
      const next = await this.#login.answer(repository, lines, authorization, signal).catch((err: unknown) => {
        discard(answer);
        throw err;
      });
      if (next === undefined) return answer;
      discard(answer);
      authorization = next;
    }
  }

  /** A link to a storage service is good for a while only, so that one that was refused is asked for again, once. */
  async #askAgainElsewhere(inquiry: Inquiry, authorization: string | undefined): Promise<WireAnswer> {
    const answer = await this.#send(inquiry, authorization);
    if (this.#isOwn(answer) || (answer.status !== 400 && answer.status !== 403)) return answer;
    discard(answer);
    return this.#send(inquiry, authorization);
  }

  async #send(inquiry: Inquiry, authorization: string | undefined): Promise<WireAnswer> {
    const base = this.#base;
    try {
      return await this.#follow(inquiry, base, authorization);
    } catch (err) {
      if (!this.#mayBePlain || !(err instanceof UpstreamError) || !speaksNoTls(err)) throw err;
      const plain = new URL(base.href.replace(/^https:/, 'http:'));
      const answer = await this.#follow(inquiry, plain, authorization).catch(() => {
        throw err;
      });
      this.#context.log.debug(`${this.#context.host}: ${base.origin} speaks no TLS, going on with ${plain.origin}`);
      this.#base = plain;
      return answer;
    }
  }

  async #follow(inquiry: Inquiry, base: URL, authorization: string | undefined): Promise<WireAnswer> {
    const { method, path, headers = {}, signal, headersMs, subject } = inquiry;
    const url = path instanceof URL ? path : new URL(`${base.href}${path}`);
    return follow(
      { method, url, headers, signal, subject, authorization, ...(headersMs !== undefined && { headersMs }) },
      {
        send: async (request) => {
          const answer = await this.#transport.send(request);
          this.#mayBePlain &&= answer.url.protocol === 'http:';
          return answer;
        },
      },
    );
  }

  /** What was compressed for the way in spite of our asking not to has other bytes than those that were asked for. */
  #unencoded(answer: WireAnswer, { subject }: Inquiry): WireAnswer {
    const encoding = headerOf(answer, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
    if (encoding === 'identity' || encoding === '') return answer;
    discard(answer);
    throw new UpstreamError('invalid', `${subject}: an answer with Content-Encoding ${encoding.slice(0, 50)}`);
  }

  #note(answer: WireAnswer): void {
    if (!this.#isOwn(answer)) return;
    const { log, host } = this.#context;
    const rateLimit = parseRateLimit(answer);
    if (rateLimit) this.rateLimit = rateLimit;
    for (const warning of linesOf(answer, 'warning')) log.info(`${host} warns: ${warning.slice(0, 500)}`);
  }

  #isOwn({ url }: WireAnswer): boolean {
    return url.origin === this.#base.origin;
  }
}

function linesOf({ headers }: WireAnswer, name: string): readonly string[] {
  const value = headers[name];
  return value === undefined ? [] : [value].flat();
}
