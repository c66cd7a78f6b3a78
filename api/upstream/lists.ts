import type { Descriptor } from '../oci/descriptor.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { parseDescriptor } from '../oci/manifest.ts';
import { isTag, type Reference, type Tag } from '../oci/reference.ts';

/** The tags of one page, `{"name": …, "tags": […]}`; what is no tag is left out. Throws for what is no page. */
export function parseTags(json: unknown): Tag[] {
  const { tags } = objectOf(json);
  // As Go writes an empty list.
  if (tags === null) return [];
  if (!Array.isArray(tags)) throw new Error('"tags" is not a list');
  return tags.filter((tag): tag is Tag => typeof tag === 'string' && isTag(tag));
}

/** The descriptors in one page of referrers, an index. Throws for what is none. */
export function parseReferrers(json: unknown): Descriptor[] {
  const { manifests } = objectOf(json);
  if (manifests === null) return [];
  if (!Array.isArray(manifests)) throw new Error('"manifests" is not a list');
  return manifests.map((entry, i) => parseDescriptor(entry, `manifests[${i}]`));
}

/** The tag that names an index of a manifest's referrers in registries without the referrers API.
 *  https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function referrersTag(subject: Digest): Reference {
  const { algorithm, encoded } = splitDigest(subject);
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, '-') as Tag;
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('not a JSON object');
  return json as Record<string, unknown>;
}
