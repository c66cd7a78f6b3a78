import { isDigestReference, type Reference } from '../oci/reference.ts';
import {
  DOCKER_HUB,
  formatRepository,
  isHost,
  looksLikeHost,
  parseHost,
  type Host,
  type Repository,
} from '../oci/repository.ts';

/** An image to export, as it is asked for. */
export interface ImageToExport {
  readonly repo: Repository;
  readonly reference: Reference;
}

/** The one name that clients give an image, whichever of its short forms we know it by: `docker.io/library/alpine:3.19`,
 *  `quay.io/team/app@sha256:…`.
 *  https://github.com/distribution/reference/blob/v0.6.0/normalize.go */
export function fullName({ repo, reference }: ImageToExport): string {
  const { host, path } = splitHost(formatRepository(repo));
  const official = host === DOCKER_HUB && !path.includes('/');
  return `${host}/${official ? 'library/' : ''}${path}${isDigestReference(reference) ? '@' : ':'}${reference}`;
}

function splitHost(text: string): { host: Host; path: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  if (!looksLikeHost(first) || !isHost(first)) return { host: DOCKER_HUB, path: text };
  return { host: parseHost(first), path: text.slice(slash + 1) };
}
