import type { Log } from '../log.ts';
import { UpstreamError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { isLoopback } from './address.ts';
import { Allowance } from './allowance.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './agent.ts';
import { answerError, type UnknownCode } from './answer-error.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import type { Clock } from '../clock.ts';
import { speaksNoTls } from './connection-error.ts';
import { baseOf, type EndpointOptions } from './endpoint-options.ts';
import { harmless } from './foreign-text.ts';
import { Login } from './login.ts';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';
import { follow } from './redirects.ts';
import { TokenService } from './token-service.ts';
import { TokenSource } from './token-source.ts';
import type { Traffic } from './traffic.ts';
import { discard, headerOf, Transport, type WireAnswer } from './transport.ts';

/** How an endpoint does, for who looks after it. */
export interface EndpointState {
  readonly origin: string;
  readonly breaker: BreakerState;
  /** When the breaker is not closed: after how long somebody may try again, in milliseconds. */
  readonly opensAgainMs?: number;
  /** For how long it wants to be left alone. */
  readonly pausedMs: number;
  /** Of what it last answered. */
  readonly lastStatus?: number;
  readonly rateLimit?: RateLimit;
}

export interface EndpointContext {
  /** How the upstream is called. */
  readonly host: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly userAgent: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly traffic?: Traffic;
  /** Whether an endpoint that failed several times is left alone for a while: not by who asks for each thing once and would rather
   *  wait. Default: true. */
  readonly breaks?: boolean;
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

/** That credentials are refused is logged once in so long. */
const DENIAL_AGAIN_MS = 60 * 60 * 1000;

/** Asks one address of a registry: logs in, follows redirects, and makes errors of answers that are some. */
export class Endpoint {
  readonly breaker: Breaker;
  readonly allowance: Allowance;
  readonly #context: EndpointContext;
  readonly #transport: Transport;
  readonly #tokens: TokenSource;
  readonly #login: Login;
  #base: URL;
  /** Until it has answered over TLS: a connection that is reset then is only that. */
  #mayBePlain: boolean;
  #lastStatus: number | undefined;
  #denialToldAt = -Infinity;

  /** Throws for a URL, certificate, key or proxy that is none. */
  constructor({ url, tls = {}, proxy, credentials, tryPlainHttp = false }: EndpointOptions, context: EndpointContext) {
    const { host, clock, log, userAgent, traffic, breaks: isWanted = true } = context;
    this.#base = baseOf(url);
    this.#context = context;
    this.allowance = new Allowance(clock.now);
    this.breaker = new Breaker({ subject: () => `${host}: ${this.origin}`, now: clock.now, log, isWanted });
    this.#mayBePlain = tryPlainHttp && this.#base.protocol === 'https:' && isLoopback(this.#base);
    const timeouts = { ...DEFAULT_TIMEOUTS, ...context.timeouts };
    this.#transport = new Transport(this.#base, { tls, timeouts, proxy, userAgent, traffic });
    const service = new TokenService({ transport: this.#transport, home: () => this.#base, host, now: clock.now });
    this.#tokens = new TokenSource((wanted, signal) => service.fetch(wanted, signal), clock.now);
    this.#login = new Login(this.#tokens, credentials);
  }

  get origin(): string {
    return this.#base.origin;
  }

  get state(): EndpointState {
    const { state: breaker, refusesMs } = this.breaker;
    const { pausedMs, rateLimit } = this.allowance;
    return {
      origin: this.origin,
      breaker,
      ...(breaker !== 'closed' && { opensAgainMs: refusesMs }),
      pausedMs,
      ...(this.#lastStatus !== undefined && { lastStatus: this.#lastStatus }),
      ...(rateLimit && { rateLimit }),
    };
  }

  /** An answer of status 200, or one that is expected. Throws UpstreamError, and RegistryError for 404. */
  async ask(inquiry: Inquiry): Promise<WireAnswer> {
    try {
      return await this.#ask(inquiry);
    } catch (err) {
      if (err instanceof UpstreamError && err.kind === 'denied') this.#noteDenial(err);
      throw err;
    }
  }

  async close(): Promise<void> {
    this.#tokens.close();
    await this.#transport.close();
  }

  async #ask(inquiry: Inquiry): Promise<WireAnswer> {
    const { clock, log, host } = this.#context;
    const started = clock.now();
    const answer = await this.#askWithLogin(inquiry);
    const { status } = answer;
    this.#note(answer);
    const { rateLimit } = this.allowance;
    const facts = { upstream: host, status, durationMs: clock.now() - started, ...(rateLimit && { rateLimit }) };
    log.debug(`${inquiry.subject}: ${status}`, facts);
    if (status === 200 || inquiry.expects?.includes(status)) return this.#unencoded(answer, inquiry);
    throw await answerError(answer, { ...inquiry, home: this.#base }, clock.now());
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
    const { log, host, clock } = this.#context;
    this.#lastStatus = answer.status;
    const rateLimit = parseRateLimit(answer, clock.now());
    if (rateLimit) this.allowance.note(rateLimit);
    for (const warning of linesOf(answer, 'warning')) log.info(`${host} warns: ${harmless(warning)}`);
  }

  /** Who asks is told each time; who looks after the credentials need not be. */
  #noteDenial({ status, message }: UpstreamError): void {
    const { log, clock } = this.#context;
    if (status !== 401 || !this.#login.isSomebody || clock.now() < this.#denialToldAt + DENIAL_AGAIN_MS) return;
    this.#denialToldAt = clock.now();
    log.warn(`${message}; the credentials for ${this.origin} may be wrong`);
  }

  #isOwn({ url }: WireAnswer): boolean {
    return url.origin === this.#base.origin;
  }
}

function linesOf({ headers }: WireAnswer, name: string): readonly string[] {
  const value = headers[name];
  return value === undefined ? [] : [value].flat();
}
