import { RegistryError } from './errors.ts';

declare const brand: unique symbol;

/** A repository's name after the host, `library/alpine`, checked. Made only by {@link parseRepositoryName}. */
export type RepositoryName = string & { readonly [brand]: 'RepositoryName' };
/** Where a registry lives, `docker.io`, `quay.io:8443`: lower case, without the default port. */
export type Host = string & { readonly [brand]: 'Host' };

/** What a request is about: a name, and the host when the request says one apart from the name. */
export interface Repository {
  readonly host?: Host;
  readonly name: RepositoryName;
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** Many clients limit host, slash and name together to this, per the note there. */
const MAX_LENGTH = 255;

const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/** The one name of Docker Hub; the others are addresses it answers at. */
export const DOCKER_HUB = 'docker.io' as Host;
const HUB_ALIASES = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

export const isComponent = (text: string): boolean => COMPONENT.test(text);

export function isRepositoryName(text: string): text is RepositoryName {
  return text.length <= MAX_LENGTH && text.split('/').every(isComponent);
}

/** Throws NAME_INVALID. */
export function parseRepositoryName(text: string): RepositoryName {
  if (!isRepositoryName(text)) {
    throw new RegistryError('NAME_INVALID', `not a repository name: ${JSON.stringify(text.slice(0, 300))}`);
  }
  return text;
}

export const isHost = (text: string): boolean => text.length <= MAX_LENGTH && HOST.test(text.toLowerCase());

/** A host as people write it, in its one spelling: lower case, no default port, Docker Hub by its name. Throws NAME_UNKNOWN. */
export function parseHost(text: string): Host {
  if (!isHost(text)) {
    throw new RegistryError('NAME_UNKNOWN', `not a registry host: ${JSON.stringify(text.slice(0, 300))}`);
  }
  const host = text.toLowerCase().replace(/:443$/, '');
  return HUB_ALIASES.has(host) ? DOCKER_HUB : (host as Host);
}

/** Whether a first component can only be meant as a host, by Docker's rule: a dot, a port, or `localhost`. */
export const looksLikeHost = (component: string): boolean => /[.:]/.test(component) || component === 'localhost';

/** `quay.io/coreos/flannel`. */
export function formatRepository({ host, name }: Repository): string {
  return host === undefined ? name : `${host}/${name}`;
}
