import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { ALGORITHMS } from './jwks.ts';

/** Clocks differ. */
const SKEW_SECONDS = 30;
/** How many tokens are remembered; each may grant hundreds of repositories. */
const MAX_REMEMBERED = 1_000;

/** The token service that is trusted. https://distribution.github.io/distribution/spec/auth/token/ */
export interface TokenOptions {
  /** Its URL, where clients ask for tokens. */
  readonly realm: string;
  /** What we are called there: the audience of our tokens. */
  readonly service: string;
  readonly issuer: string;
}

/** What a token says, once it has been checked. */
export interface TokenRights {
  /** Undefined when it is for anybody. */
  readonly user: string | undefined;
  /** Names as the client spells them in paths. */
  readonly repositories: readonly string[];
  /** The list of all repositories. */
  readonly catalog: boolean;
  /** In seconds of the epoch. */
  readonly expires: number;
}

/** Checks tokens: JWTs that a key of the set has signed. Keys and URLs that a token brings along are not looked at. */
export class Tokens {
  readonly options: TokenOptions;
  readonly #keyOf: ReturnType<typeof createLocalJWKSet>;
  readonly #needsKid: boolean;
  readonly #now: () => number;
  readonly #valid = new LRUCache<string, TokenRights>({ max: MAX_REMEMBERED });

  /** `now` gives milliseconds of the epoch. */
  constructor(options: TokenOptions, keys: JSONWebKeySet, now: () => number = Date.now) {
    this.options = options;
    this.#keyOf = createLocalJWKSet(keys);
    this.#needsKid = keys.keys.length > 1;
    this.#now = now;
  }

  /** Undefined for a token that is not valid here, now. */
  async rightsOf(token: string): Promise<TokenRights | undefined> {
    const mark = createHash('sha256').update(token).digest('base64');
    const before = this.#valid.get(mark);
    if (before !== undefined && before.expires + SKEW_SECONDS > this.#now() / 1000) return before;
    const rights = await this.#verify(token).catch(() => undefined);
    if (rights === undefined) this.#valid.delete(mark);
    else this.#valid.set(mark, rights);
    return rights;
  }

  async #verify(token: string): Promise<TokenRights | undefined> {
    if (this.#needsKid && decodeProtectedHeader(token).kid === undefined) return undefined;
    const { payload } = await jwtVerify(token, this.#keyOf, {
      algorithms: [...ALGORITHMS],
      issuer: this.options.issuer,
      audience: this.options.service,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ['exp', 'aud', 'iss'],
      currentDate: new Date(this.#now()),
    });
    return readRights(payload);
  }
}

function readRights({ sub, exp = 0, access }: JWTPayload): TokenRights {
  const grants = Array.isArray(access) ? access.filter(isGrant) : [];
  return {
    user: typeof sub === 'string' && isPrintable(sub) ? sub : undefined,
    repositories: grants.filter(({ type, actions }) => type === 'repository' && mayPull(actions)).map(nameOf),
    catalog: grants.some(
      ({ type, name, actions }) => type === 'registry' && name === 'catalog' && actions.includes('*'),
    ),
    expires: exp,
  };
}

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly unknown[];
}

function isGrant(value: unknown): value is Grant {
  const { type, name, actions } = (value ?? {}) as Partial<Record<keyof Grant, unknown>>;
  return typeof type === 'string' && typeof name === 'string' && Array.isArray(actions);
}

const mayPull = (actions: readonly unknown[]): boolean => actions.includes('pull') || actions.includes('*');
const nameOf = ({ name }: Grant): string => name;

/** It goes into the log. */
const isPrintable = (text: string): boolean => text !== '' && text.length <= 256 && !/\p{C}/u.test(text);
