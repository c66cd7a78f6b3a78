import { RegistryError } from '../oci/errors.ts';
import {
  DOCKER_HUB,
  formatRepository,
  isHost,
  parseHost,
  type Host,
  type Repository,
  type RepositoryName,
} from '../oci/repository.ts';
import { otherHubNames } from '../repository-names.ts';

export interface RouteOptions {
  /** The configured upstreams. */
  readonly hosts: ReadonlySet<Host>;
  /** For names that say no host. */
  readonly defaultHost: Host | undefined;
  /** Which hosts have a folder of their own. */
  readonly hasFolder: (host: Host) => boolean;
}

/** A repository of an upstream, by its full name there. */
export interface UpstreamRepository extends Repository {
  readonly host: Host;
}

/** Tells which upstream a request means: always a key into the configured ones, never an address.
 *  https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying */
export class Routes {
  readonly #options: RouteOptions;

  constructor(options: RouteOptions) {
    this.#options = options;
  }

  /** Undefined when only what lies here is meant. Throws NAME_UNKNOWN for a host that nobody knows. */
  of(repo: Repository): UpstreamRepository | undefined {
    const { host, name } = this.#split(repo);
    if (host === undefined || !this.#options.hosts.has(host)) return undefined;
    // Docker Hub alone gives names of one component a first one.
    const isShort = host === DOCKER_HUB && !name.includes('/');
    return { host, name: isShort ? (`library/${name}` as RepositoryName) : name };
  }

  /** The names that a repository may lie under here, in the order in which they count: as it was asked for, then the longest to
   *  the shortest. Throws NAME_UNKNOWN for a host that nobody knows. */
  *namesOf(repo: Repository): Generator<Repository, void, undefined> {
    const { host, name } = this.#split(repo);
    yield repo;
    if (host === DOCKER_HUB) yield* otherHubNames(repo, name);
    else if (host !== undefined && formatRepository({ host, name }) !== formatRepository(repo)) yield { host, name };
  }

  #split(repo: Repository): { host: Host | undefined; name: RepositoryName } {
    const { hosts, defaultHost, hasFolder } = this.#options;
    if (repo.host !== undefined) {
      if (hosts.has(repo.host) || hasFolder(repo.host)) return { host: repo.host, name: repo.name };
      throw new RegistryError('NAME_UNKNOWN', `not a registry that is known here: ${repo.host}`, {
        detail: { host: repo.host },
      });
    }
    const slash = repo.name.indexOf('/');
    const first = repo.name.slice(0, Math.max(slash, 0));
    const host = isHost(first) ? parseHost(first) : undefined;
    const isKnown = host !== undefined && (hosts.has(host) || (first.includes('.') && hasFolder(host)));
    return isKnown
      ? { host, name: repo.name.slice(slash + 1) as RepositoryName }
      : { host: defaultHost, name: repo.name };
  }
}
