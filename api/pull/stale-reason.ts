import type { UpstreamErrorKind } from '../oci/errors.ts';
import type { Host } from '../oci/repository.ts';

const WORDS: Readonly<Record<UpstreamErrorKind, string>> = {
  denied: 'refuses us',
  'rate-limited': 'has had too many requests',
  unavailable: 'is out of order',
  unreachable: 'is out of reach',
  timeout: 'does not answer',
  failed: 'is out of order',
  invalid: 'answers what cannot be right',
};

/** Why something is stale, for people who never heard of upstreams: `docker.io is out of reach`. */
export const reasonOf = (host: Host, kind: UpstreamErrorKind): string => `${host} ${WORDS[kind]}`;
