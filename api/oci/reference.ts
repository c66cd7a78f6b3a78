import { isDigest, parseDigest, type Digest } from './digest.ts';
import { RegistryError } from './errors.ts';
import { formatRepository, type Repository } from './repository.ts';

declare const brand: unique symbol;

export type Tag = string & { readonly [brand]: 'Tag' };
/** How a manifest is asked for. */
export type Reference = Tag | Digest;

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export const isTag = (text: string): text is Tag => TAG.test(text);

/** With a colon it is a digest, without one a tag: the grammars cannot overlap.
 *  Throws DIGEST_INVALID, or MANIFEST_UNKNOWN for what is no tag (the spec's conformance suite wants 404 there). */
export function parseReference(text: string): Reference {
  if (text.includes(':')) return parseDigest(text);
  if (!isTag(text)) throw new RegistryError('MANIFEST_UNKNOWN', `not a tag: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}

export const isDigestReference = (reference: Reference): reference is Digest => isDigest(reference);

/** `quay.io/coreos/flannel:v0.11.0`, or with `@` and a digest. */
export const formatImage = ({
  repo,
  reference,
}: {
  readonly repo: Repository;
  readonly reference: Reference;
}): string => `${formatRepository(repo)}${isDigestReference(reference) ? '@' : ':'}${reference}`;

/** Orders as the spec wants lists: by code point, which for tags and names is the order of `<`. */
export const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
