import type { Tag } from '../oci/reference.ts';
import type { UpstreamRegistry } from '../upstream/upstream-registry.ts';

/** An upstream, and how it is used. */
export interface Remote {
  readonly registry: Pick<
    UpstreamRegistry,
    | 'statManifest'
    | 'getManifest'
    | 'statBlob'
    | 'openBlob'
    | 'listTags'
    | 'listReferrers'
    | 'state'
    | 'rateLimit'
    | 'close'
  >;
  /** Whether a repository may be fetched. */
  readonly allows: (name: string) => boolean;
  /** For how long what a tag leads to need not be looked up again, in milliseconds. */
  readonly ttlOf: (tag: Tag) => number;
  /** Whether what is kept of a tag is answered when it cannot be looked up. */
  readonly staleIfError: boolean;
}

/** The most that a request waits for an upstream to begin to answer, in milliseconds. */
export const MISS_BUDGET_MS = 10_000;
/** The most that a request waits for a tag to be looked up again. */
export const REVALIDATION_BUDGET_MS = 2_000;
