import {
  DOCKER_HUB,
  formatRepository,
  isHost,
  isRepositoryName,
  looksLikeHost,
  parseHost,
  type Host,
  type Repository,
} from './oci/repository.ts';

/** The names that a repository may lie under, in the order in which they count. */
export type NamesOf = (repo: Repository) => Iterable<Repository>;

/** Names in a registry without upstreams: as the request spells it comes first, then the longest form to the shortest. `hasHost`
 *  tells which hosts have a folder of their own; another one is answered from the names without a host, as a static file server
 *  would. */
export const namesWithoutUpstreams = (hasHost: (host: Host) => boolean): NamesOf =>
  function* (repo) {
    const { host, name } = splitHost(repo);
    yield repo;
    if (host !== undefined && host !== DOCKER_HUB) {
      if (repo.host !== undefined && !hasHost(host)) yield { name: repo.name };
      return;
    }
    yield* otherHubNames(repo, name);
  };

/** The other names of a repository of Docker Hub, the longest first; `name` is the asked one without the host. */
export function* otherHubNames(asked: Repository, name: string): Generator<Repository, void, undefined> {
  const own = formatRepository(asked);
  for (const form of hubNames(name)) if (form !== own && isRepositoryName(form)) yield { name: form };
}

/** The host may be apart, or the first component of the name. */
function splitHost({ host, name }: Repository): { host: Host | undefined; name: string } {
  if (host !== undefined) return { host, name };
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (!looksLikeHost(first) || !isHost(first)) return { host: undefined, name };
  return { host: parseHost(first), name: name.slice(slash + 1) };
}

/** Docker Hub's forms of a name, the longest first. */
function hubNames(name: string): string[] {
  const short = name.startsWith('library/') ? name.slice('library/'.length) : name;
  const forms = short.includes('/') ? [name] : [`library/${short}`, short];
  return [...forms.map((form) => `${DOCKER_HUB}/${form}`), ...forms];
}
