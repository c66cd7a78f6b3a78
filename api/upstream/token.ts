/** What a token service gives. */
export interface Token {
  readonly value: string;
  readonly lifeMs: number;
}

/** The least that a token lives, and what it lives when the service does not say. */
const LEAST_LIFE_S = 60;
/** What can stand in a header. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** The answer of a token service; undefined when there is no token in it. `issued_at` is not looked at, as its clock
 *  may be another than ours.
 *  https://github.com/distribution/distribution/blob/v3.1.0/docs/content/spec/auth/token.md#requesting-a-token */
export function parseToken(text: string): Token | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { token, access_token: accessToken, expires_in: expiresIn } = json as Record<string, unknown>;
  const value = [token, accessToken].find((each) => typeof each === 'string' && PRINTABLE.test(each));
  if (value === undefined) return undefined;
  const life = typeof expiresIn === 'number' && expiresIn > LEAST_LIFE_S ? expiresIn : LEAST_LIFE_S;
  return { value: value as string, lifeMs: life * 1000 };
}
