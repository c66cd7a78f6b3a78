import {
  DOCKER_HUB,
  formatRepository,
  isHost,
  isRepositoryName,
  looksLikeHost,
  parseHost,
  type Host,
  type Repository,
  type RepositoryName,
} from '../oci/repository.ts';
import type { NamesOf } from '../repository-names.ts';

export interface CanonicalNamesOptions {
  /** The configured upstreams; none when only what is here is served. */
  readonly hosts: ReadonlySet<Host>;
  /** For names that say no host. */
  readonly defaultHost: Host | undefined;
  /** Which hosts have a folder of their own. */
  readonly hasFolder: (host: Host) => boolean;
}

/** Which repository a request means, however it spells it, in one name: `docker.io/library/alpine`, `team/app`. What may be read is
 *  decided by this name alone. */
export class CanonicalNames {
  readonly #options: CanonicalNamesOptions;
  /** Whose the names are that say no host. */
  readonly #bareHost: Host | undefined;

  constructor(options: CanonicalNamesOptions) {
    this.#options = options;
    this.#bareHost = options.hosts.size === 0 ? DOCKER_HUB : options.defaultHost;
  }

  /** Undefined for a host that nobody knows: there is nothing to read. */
  of(repo: Repository): string | undefined {
    const split = this.#split(repo);
    if (split === undefined) return undefined;
    const { host, name } = split;
    return host === DOCKER_HUB && !name.includes('/') ? `${host}/library/${name}` : formatRepository(split);
  }

  /** The same of a name that holds its host, as lists and tokens have it: `127.0.0.1:5001/team/app`. */
  ofFullName(text: string): string | undefined {
    const slash = text.indexOf('/');
    const first = text.slice(0, Math.max(slash, 0));
    if (!first.includes(':')) return isRepositoryName(text) ? this.of({ name: text }) : undefined;
    const name = text.slice(slash + 1);
    if (!isHost(first) || !isRepositoryName(name)) return undefined;
    const host = parseHost(first);
    return this.#isKnown(host) ? this.of({ host, name }) : undefined;
  }

  /** The names that people may write for one, itself first. */
  spellings(canonical: string): readonly string[] {
    const forms = [canonical];
    const library = `${DOCKER_HUB}/library/`;
    if (canonical.startsWith(library)) forms.push(`${DOCKER_HUB}/${canonical.slice(library.length)}`);
    const bare = this.#bareHost === undefined ? [] : forms.map((form) => cut(form, `${this.#bareHost}/`));
    return [...forms, ...bare.filter((form) => form !== undefined && this.ofFullName(form) === canonical)] as string[];
  }

  /** Leaves out the names that lead to what is decided by another name. `docker.io/team/app` may lie in the folder `team/app`, which is
   *  nobody's business who may read the former, where names without a host are not Docker Hub's. */
  apart(namesOf: NamesOf): NamesOf {
    const of = (repo: Repository): string | undefined => this.of(repo);
    return function* (repo) {
      const own = of(repo);
      for (const name of namesOf(repo)) if (name === repo || of(name) === own) yield name;
    };
  }

  #split(repo: Repository): Repository | undefined {
    const { hosts, hasFolder } = this.#options;
    if (repo.host !== undefined) {
      if (this.#isKnown(repo.host) || (hosts.size === 0 && repo.host === DOCKER_HUB)) return repo;
      // Without upstreams the names without a host answer for hosts that are not here.
      return hosts.size === 0 ? this.#split({ name: repo.name }) : undefined;
    }
    const slash = repo.name.indexOf('/');
    const first = repo.name.slice(0, Math.max(slash, 0));
    const host = isHost(first) ? parseHost(first) : undefined;
    const isMeant =
      host !== undefined &&
      (hosts.size === 0 ? looksLikeHost(first) : hosts.has(host) || (first.includes('.') && hasFolder(host)));
    if (isMeant) return { host, name: repo.name.slice(slash + 1) as RepositoryName };
    return this.#bareHost === undefined ? { name: repo.name } : { host: this.#bareHost, name: repo.name };
  }

  #isKnown(host: Host): boolean {
    return this.#options.hosts.has(host) || this.#options.hasFolder(host);
  }
}

const cut = (text: string, front: string): string | undefined =>
  text.startsWith(front) ? text.slice(front.length) : undefined;
