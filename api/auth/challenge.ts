import type { TokenOptions } from './tokens.ts';

/** What a token is asked for: https://distribution.github.io/distribution/spec/auth/scope/ */
export const CATALOG_SCOPE = 'registry:catalog:*';
export const pullScope = (name: string): string => `repository:${name}:pull`;

/** For who has a user and a password. */
export const basicChallenge = (): string => `Basic realm=${quote('ociregistry')}`;

interface BearerChallenge extends Pick<TokenOptions, 'realm' | 'service'> {
  /** Absent where any token will do. */
  readonly scope?: string | undefined;
  /** What is wrong with the token that was sent. https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
  readonly error?: 'invalid_token' | 'insufficient_scope' | undefined;
}

/** For who has to fetch a token. Clients match quoted values only, and some in this order. */
export function bearerChallenge({ realm, service, scope, error }: BearerChallenge): string {
  const parameters = Object.entries({ realm, service, scope, error }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quote(value)}`],
  );
  return `Bearer ${parameters.join(',')}`;
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
