import type { Tag } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';

/** When tags were last looked up at their upstreams, in milliseconds since 1970. */
export interface CheckTimes {
  note(repo: Repository, tag: Tag, now: number): void;
  last(repo: Repository, tag: Tag): number | undefined;
}
