import type { components } from '../../generated/types.ts';
import type { Exposition } from '../metrics/exposition.ts';

type Schemas = components['schemas'];
export type ReadinessReason = Schemas['Readiness']['reasons'][number];
export type ImageList = Schemas['ImageList'];
/** The validator fills in what is true unless said; who removes does not lean on that. */
export type PruneRequest = Partial<Schemas['PruneRequest']>;
export type Pruned = Schemas['Pruned'];
export type Reloaded = Schemas['Reloaded'];
export type RunningFill = Schemas['FillList']['fills'][number];
type UpstreamState = Schemas['UpstreamList']['upstreams'][number];

/** What the admin listener shows and does. Each throws HttpError for what the caller is to hear. */
export interface AdminParts {
  /** Why images cannot be served; none when they can. */
  readonly readiness: () => Promise<readonly ReadinessReason[]>;
  /** `accept` is the header of the request. */
  readonly metrics: (accept: string | undefined) => Promise<Exposition>;
  readonly reload: () => Promise<Reloaded>;
  /** Those that match any of the patterns; all without one. */
  readonly images: (patterns: readonly string[]) => Promise<ImageList>;
  readonly prune: (request: PruneRequest) => Promise<Pruned>;
  readonly fills: () => RunningFill[];
  readonly upstreams: () => UpstreamState[];
}
