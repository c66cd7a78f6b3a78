import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** Says who may do what. */
export interface TokenServiceOptions {
  /** Passwords by user. Who has one may do everything. */
  readonly users: Readonly<Record<string, string>>;
  /** Users by identity token. */
  readonly identityTokens?: Readonly<Record<string, string>>;
  /** What anybody may pull. */
  readonly isPublic: (repository: string) => boolean;
  /** Default: 60. */
  readonly lifeSeconds?: number;
}

/** One token that was asked for. */
export interface Grant {
  readonly method: string;
  /** Undefined: anybody. */
  readonly user: string | undefined;
  readonly scopes: readonly string[];
  /** Whether it was given; it may allow less than was asked for. */
  readonly status: number;
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const ALGORITHM = 'ES256';
const KEY_ID = 'test';

/** A token service as the distribution project specifies it, whose tokens its registry takes.
 *  https://github.com/distribution/distribution/blob/v3.1.0/docs/content/spec/auth/token.md */
export class TokenService implements AsyncDisposable {
  readonly issuer = 'test-issuer';
  readonly service = 'test-registry';
  readonly grants: Grant[] = [];
  /** The keys that its tokens are checked with, as a file has them. */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly #options: TokenServiceOptions;
  readonly #key: CryptoKey;
  readonly #server: http.Server;

  static async start(options: TokenServiceOptions): Promise<TokenService> {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
    const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' };
    const service = new TokenService(options, privateKey, jwk);
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  private constructor(options: TokenServiceOptions, key: CryptoKey, jwk: JWK) {
    this.#options = options;
    this.#key = key;
    this.jwks = { keys: [jwk] };
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
  }

  get realm(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const query = new URL(request.url ?? '', this.realm).searchParams;
    const form = request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString()) : undefined;
    const scopes = form
      ? (form.get('scope') ?? '').split(' ')
      : query.getAll('scope').flatMap((each) => each.split(' '));
    const user = form ? this.#userOfForm(form) : this.#userOfHeader(request.headers.authorization);
    const isRight = user !== false && (form ?? query).get('service') === this.service;
    const status = isRight ? 200 : 401;
    this.grants.push({ method: request.method ?? '', user: user === false ? undefined : user, scopes, status });
    const answer = isRight ? await this.#tokenFor(user, scopes) : { details: 'incorrect username or password' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  /** False for who is not who they say. */
  #userOfHeader(authorization: string | undefined): string | undefined | false {
    if (authorization === undefined) return undefined;
    const [, user = '', password] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(authorization.slice(6), 'base64').toString()) ?? [];
    return this.#options.users[user] === password && user;
  }

  #userOfForm(form: URLSearchParams): string | false {
    const user = this.#options.identityTokens?.[form.get('refresh_token') ?? ''];
    return form.get('grant_type') === 'refresh_token' && user !== undefined && user;
  }

  async #tokenFor(user: string | undefined, scopes: readonly string[]): Promise<object> {
    const { lifeSeconds = 60 } = this.#options;
    const token = await new SignJWT({ access: scopes.flatMap((scope) => this.#accessOf(user, scope)) })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
      .setIssuer(this.issuer)
      .setSubject(user ?? '')
      .setAudience(this.service)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime(`${lifeSeconds}s`)
      .setJti(String(this.grants.length))
      .sign(this.#key);
    return { token, access_token: token, expires_in: lifeSeconds, issued_at: new Date().toISOString() };
  }

  #accessOf(user: string | undefined, scope: string): Access[] {
    const [, type, name, actions] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? [];
    if (type === undefined || name === undefined || actions === undefined) return [];
    const asked = actions.split(',');
    if (user !== undefined) return [{ type, name, actions: asked }];
    return this.#options.isPublic(name) && asked.includes('pull') ? [{ type, name, actions: ['pull'] }] : [];
  }
}
