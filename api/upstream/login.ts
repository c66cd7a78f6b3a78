import { LRUCache } from 'lru-cache';
import type { RepositoryName } from '../oci/repository.ts';
import { parseChallenges } from './challenge.ts';
import { formatBasic, type Credentials, type CredentialsProvider } from './credentials.ts';
import type { TokenRequest } from './token-service.ts';
import type { TokenSource } from './token-source.ts';

/** For so many repositories an endpoint's challenge is remembered. */
const MAX_REMEMBERED = 1000;

/** What is sent to show who we are: the same each time, or a token that is renewed. */
type Way = { readonly authorization: string } | { readonly token: TokenRequest };

/** Answers an endpoint's challenges, and remembers the answer, so that the next request for a repository need not be
 *  refused first. */
export class Login {
  readonly #tokens: TokenSource;
  readonly #provider: CredentialsProvider | undefined;
  #isSomebody = false;
  readonly #ways = new LRUCache<RepositoryName, Way>({ max: MAX_REMEMBERED });

  constructor(tokens: TokenSource, provider: CredentialsProvider | undefined) {
    this.#tokens = tokens;
    this.#provider = provider;
  }

  /** Whether it went by credentials when it last answered a challenge, and not as anybody. */
  get isSomebody(): boolean {
    return this.#isSomebody;
  }

  /** The `Authorization` that the endpoint took for this repository before. */
  async known(repository: RepositoryName, signal: AbortSignal): Promise<string | undefined> {
    const way = this.#ways.get(repository);
    return way && this.#go(way, signal);
  }

  /** The answer to a 401, whose `WWW-Authenticate` lines are given, when `refused` had been sent; undefined when
   *  there is no other than that. */
  async answer(
    repository: RepositoryName,
    lines: readonly string[],
    refused: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    this.#ways.delete(repository);
    const credentials = await this.#provider?.(repository);
    this.#isSomebody = credentials !== undefined;
    const way = wayIn(lines, credentials, repository);
    if (way === undefined) return undefined;
    if ('token' in way && refused !== undefined) this.#tokens.drop(way.token, refused.replace('Bearer ', ''));
    const authorization = await this.#go(way, signal);
    if (authorization === refused) return undefined;
    this.#ways.set(repository, way);
    return authorization;
  }

  async #go(way: Way, signal: AbortSignal): Promise<string> {
    return 'token' in way ? `Bearer ${await this.#tokens.get(way.token, signal)}` : way.authorization;
  }
}

function wayIn(
  lines: readonly string[],
  credentials: Credentials | undefined,
  repository: RepositoryName,
): Way | undefined {
  if (credentials && 'bearerToken' in credentials) return { authorization: `Bearer ${credentials.bearerToken}` };
  const challenges = parseChallenges(lines);
  // A password is not sent along with every request where a token will do.
  const params = challenges.find(({ scheme, params }) => scheme === 'bearer' && params.has('realm'))?.params;
  const realm = params?.get('realm');
  if (params && realm !== undefined) {
    const scopes = (params.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
    if (scopes.length === 0) scopes.push(`repository:${repository}:pull`);
    return { token: { realm, service: params.get('service'), scopes, credentials } };
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
  if (credentials === undefined || !('password' in credentials)) return undefined;
  return { authorization: formatBasic(credentials.username, credentials.password) };
}
