import { isDigest } from '../oci/digest.ts';
import { isTag, type Tag } from '../oci/reference.ts';
import { isHost, isRepositoryName } from '../oci/repository.ts';

/** A name as it is written inside an archive, kept as it is: the repository may begin with a host. */
export interface ImageName {
  readonly repository: string;
  /** Undefined when it is named by its digest alone. */
  readonly tag: Tag | undefined;
}

/** Parses `docker.io/library/alpine:3.19`, or `docker.io/library/alpine@sha256:…`; undefined when no client can ask for it. Of tag and
 *  digest the tag counts. */
export function parseImageName(text: string): ImageName | undefined {
  const [named = '', digest] = text.split('@', 2);
  const colon = named.lastIndexOf(':');
  if (colon <= named.lastIndexOf('/') && isDigest(digest) && isFullName(named))
    return { repository: named, tag: undefined };
  const repository = named.slice(0, Math.max(colon, 0));
  const tag = named.slice(colon + 1);
  return isTag(tag) && isFullName(repository) ? { repository, tag } : undefined;
}

/** Whether it is a repository's name, maybe with a host that has a port. */
export function isFullName(text: string): boolean {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  return isRepositoryName(first.includes(':') && isHost(first) ? text.slice(slash + 1) : text);
}
