import type { JSONWebKeySet, JWK } from 'jose';
import { InvalidAuthFile } from './invalid-auth-file.ts';

/** What a token may be signed with: never with nothing, nor with a secret that both sides have. */
export const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
] as const;

const KINDS = ['EC', 'RSA', 'OKP'];

/** Reads a file of public keys: https://www.rfc-editor.org/rfc/rfc7517. `file` is its name for messages. Throws {@link InvalidAuthFile}. */
export function parseJwks(text: string, file: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Not the parser's words, which quote the file.
    throw new InvalidAuthFile([`${file}: not JSON`], { cause });
  }
  const { keys } = (value ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new InvalidAuthFile([`${file}: no list of keys`]);
  const problems = keys.flatMap((key: unknown, index) => {
    const wrong = findWrong(key, keys);
    return wrong === undefined ? [] : [`${file}: keys[${index}]: ${wrong}`];
  });
  if (problems.length > 0) throw new InvalidAuthFile(problems);
  return { keys: keys as JWK[] };
}

function findWrong(key: unknown, all: readonly unknown[]): string | undefined {
  if (typeof key !== 'object' || key === null) return 'not a key';
  const { kty, kid, use, alg, d } = key as JWK;
  if (typeof kty !== 'string' || !KINDS.includes(kty)) return `allowed kty: ${KINDS.join(', ')}`;
  if (d !== undefined) return 'a private key: only the public part belongs here';
  if (use !== undefined && use !== 'sig') return 'not for signatures (use)';
  if (alg !== undefined && !ALGORITHMS.some((each) => each === alg)) return `allowed alg: ${ALGORITHMS.join(', ')}`;
  if (all.length === 1) return undefined;
  if (typeof kid !== 'string' || kid === '') return 'needs a kid, as there are several keys';
  return all.filter((other) => (other as JWK | null)?.kid === kid).length > 1 ? 'its kid is there twice' : undefined;
}
