import { createHash, type Hash } from 'node:crypto';
import { RegistryError } from './errors.ts';

declare const brand: unique symbol;

/** `algorithm:encoded`, checked. Made only by {@link parseDigest} and {@link digestOf}, so it is safe in a path. */
export type Digest = string & { readonly [brand]: 'Digest' };

/** The algorithms whose digests we can check, with the length of their hex. */
const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;
export type Algorithm = keyof typeof HEX_LENGTH;
const ALGORITHMS = Object.keys(HEX_LENGTH) as Algorithm[];

const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
// blake3 is registered, so its form is checked, although we cannot compute it.
const REGISTERED: Readonly<Record<string, RegExp>> = {
  sha256: /^[a-f0-9]{64}$/,
  sha512: /^[a-f0-9]{128}$/,
  blake3: /^[a-f0-9]{64}$/,
};

/** Checks the grammar of the image spec, registered algorithms strictly. Throws DIGEST_INVALID.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new RegistryError('DIGEST_INVALID', `not a digest: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}

export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string' || text.length > 512 || !GRAMMAR.test(text)) return false;
  const { algorithm, encoded } = splitDigest(text as Digest);
  const form = REGISTERED[algorithm];
  return form === undefined || form.test(encoded);
}

export function splitDigest(digest: Digest): { algorithm: string; encoded: string } {
  const colon = digest.indexOf(':');
  return { algorithm: digest.slice(0, colon), encoded: digest.slice(colon + 1) };
}

/** The algorithm, if it is one whose digests we can check. */
export function algorithmOf(digest: Digest): Algorithm | undefined {
  const { algorithm } = splitDigest(digest);
  return algorithm in HEX_LENGTH ? (algorithm as Algorithm) : undefined;
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return new Digester(algorithm).update(bytes).digest();
}

/** A digest from a bare hex string, as file names of several formats have it; undefined when it is none. */
export function digestOfHex(hex: string): Digest | undefined {
  const algorithm = ALGORITHMS.find((name) => hex.length === HEX_LENGTH[name]);
  const digest = algorithm && `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** Hashes bytes as they pass. */
export class Digester {
  readonly #algorithm: Algorithm;
  readonly #hash: Hash;

  constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
  }
}
