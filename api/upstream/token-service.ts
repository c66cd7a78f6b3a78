import { UpstreamError } from '../oci/errors.ts';
import { readWhole } from './answer-body.ts';
import { answerError } from './answer-error.ts';
import { formatBasic, type IdentityToken, type Password } from './credentials.ts';
import { checkAddress, follow } from './redirects.ts';
import { parseToken, type Token } from './token.ts';
import { discard, type Transport, type WireAnswer, type WireRequest } from './transport.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;
const CLIENT_ID = 'ociregistry';
/** With these a service says that it does not take a form, or not this token. */
const NO_FORM = new Set([400, 401, 404, 405]);

/** A token that is wanted: of whom, for what. */
export interface TokenRequest {
  readonly realm: string;
  readonly service?: string | undefined;
  /** `repository:library/alpine:pull`. */
  readonly scopes: readonly string[];
  /** Without them the token is one for anybody. */
  readonly credentials?: Password | IdentityToken | undefined;
}

interface ServiceOptions {
  readonly transport: Transport;
  /** The endpoint that wants the tokens. */
  readonly home: () => URL;
  readonly host: string;
  readonly now: () => number;
}

/** Asks token services for tokens.
 *  https://github.com/distribution/distribution/blob/v3.1.0/docs/content/spec/auth/token.md */
export class TokenService {
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** Throws UpstreamError: `denied` for credentials that are wrong. */
  async fetch(wanted: TokenRequest, signal: AbortSignal): Promise<Token> {
    const { host, now } = this.#options;
    const realm = this.#realmOf(wanted);
    const subject = `${host}: token of ${realm.origin}${realm.pathname} for ${wanted.scopes.join(' ')}`;
    const answer = await this.#ask(wanted, realm, { subject, signal });
    if (answer.status !== 200) {
      const error = await answerError(answer, { subject, unknown: 'NAME_UNKNOWN', home: realm }, now());
      // A token service that is not there says nothing of the repository.
      throw error instanceof UpstreamError ? error : new UpstreamError('failed', error.message, { status: 404 });
    }
    const token = parseToken((await readWhole(answer, MAX_ANSWER_BYTES, { subject, signal })).toString('utf8'));
    if (token === undefined) throw new UpstreamError('invalid', `${subject}: there is no token in the answer`);
    return token;
  }

  async #ask(wanted: TokenRequest, realm: URL, context: Pick<WireRequest, 'subject' | 'signal'>): Promise<WireAnswer> {
    const { credentials } = wanted;
    if (credentials && 'identityToken' in credentials) {
      const answer = await this.#post(wanted, credentials, realm, context);
      if (!NO_FORM.has(answer.status)) return answer;
      discard(answer);
      // As credential helpers name the user of such a token.
      return this.#get(
        wanted,
        formatBasic(credentials.username ?? '<token>', credentials.identityToken),
        realm,
        context,
      );
    }
    const authorization = credentials && formatBasic(credentials.username, credentials.password);
    return this.#get(wanted, authorization, realm, context);
  }

  #get(
    { service, scopes }: TokenRequest,
    authorization: string | undefined,
    realm: URL,
    context: Pick<WireRequest, 'subject' | 'signal'>,
  ): Promise<WireAnswer> {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.append('service', service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    url.searchParams.append('client_id', CLIENT_ID);
    const { transport } = this.#options;
    return follow(
      { method: 'GET', url, headers: { accept: 'application/json' }, authorization, ...context },
      {
        send: (request) => transport.send(request),
        check: (target) => this.#check(target, context.subject),
      },
    );
  }

  #post(
    { service, scopes }: TokenRequest,
    { identityToken }: IdentityToken,
    realm: URL,
    context: Pick<WireRequest, 'subject' | 'signal'>,
  ): Promise<WireAnswer> {
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: identityToken });
    if (service !== undefined) form.set('service', service);
    form.set('scope', scopes.join(' '));
    form.set('client_id', CLIENT_ID);
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    return this.#options.transport.send({ method: 'POST', url: realm, headers, body: form.toString(), ...context });
  }

  #realmOf({ realm, scopes }: TokenRequest): URL {
    const subject = `${this.#options.host}: token for ${scopes.join(' ')}`;
    if (!URL.canParse(realm)) throw new UpstreamError('invalid', `${subject}: its realm is no URL`);
    const url = new URL(realm);
    this.#check(url, subject);
    return url;
  }

  /** Credentials, or whatever a token lets somebody do, must not be had by naming another realm. */
  #check(url: URL, subject: string): void {
    const home = this.#options.home();
    const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && home.protocol === 'http:');
    if (!isSafe)
      throw new UpstreamError('invalid', `${subject}: its realm is at ${url.protocol}//${url.host}, not https`);
    checkAddress(url, home, subject);
  }
}
