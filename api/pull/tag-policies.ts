import picomatch from 'picomatch';
import type { Tag } from '../oci/reference.ts';

/** How long what a tag leads to is taken for right, by a glob over tags. */
export type TagPolicy = { readonly match: string } & ({ readonly ttlMs: number } | { readonly immutable: true });

/** For tags that no policy matches, in milliseconds. */
const DEFAULT_TTL_MS = 10 * 60 * 1000;

/** For how long what a tag leads to need not be looked up again, in milliseconds; for good when it is immutable. The first policy
 *  that matches counts. */
export function createTtlOf(policies: readonly TagPolicy[]): (tag: Tag) => number {
  // A tag's dots hide nothing.
  const rules = policies.map((policy) => ({
    matches: picomatch(policy.match, { dot: true }),
    ttlMs: 'immutable' in policy ? Infinity : policy.ttlMs,
  }));
  return (tag) => rules.find(({ matches }) => matches(tag))?.ttlMs ?? DEFAULT_TTL_MS;
}
