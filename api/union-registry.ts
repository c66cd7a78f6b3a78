import type { ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import { isUnknown, RegistryError } from './oci/errors.ts';
import { byCodePoint, type Reference, type Tag } from './oci/reference.ts';
import { formatRepository, type Repository } from './oci/repository.ts';
import type { Blob, CacheUse, List, Lister, Manifest, Registry, Stat } from './registry.ts';

/** Several registries as one: the first that has a thing gives it, and lists are joined. */
export class UnionRegistry implements Registry, Lister {
  readonly #members: readonly (Registry & Lister)[];

  constructor(members: readonly (Registry & Lister)[]) {
    this.#members = members;
  }

  statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    return firstThatHas(this.#members, repo, (member) => member.statManifest(repo, reference));
  }

  getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    return firstThatHas(this.#members, repo, (member) => member.getManifest(repo, reference));
  }

  statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    return firstThatHas(this.#members, repo, (member) => member.statBlob(repo, digest));
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return firstThatHas(this.#members, repo, (member) => member.openBlob(repo, digest, range));
  }

  listTags(repo: Repository): Promise<List<Tag>> {
    return joinTags(this.#members, repo, (member) => member.listTags(repo));
  }

  async listRepositories(): Promise<readonly string[]> {
    const lists = await Promise.all(this.#members.map((member) => member.listRepositories()));
    return [...new Set(lists.flat())].sort(byCodePoint);
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    return joinReferrers(await Promise.all(this.#members.map((member) => member.listReferrers(repo, subject))));
  }
}

/** Asks one after the other. When none has it, throws what says most: a manifest that is known but not served tells more than
 *  one that is unknown, and that more than an unknown repository. */
export async function firstThatHas<S, T>(
  sources: Iterable<S>,
  repo: Repository,
  ask: (source: S) => Promise<T>,
): Promise<T> {
  let best: RegistryError | undefined;
  for (const source of sources) {
    try {
      return await ask(source);
    } catch (err) {
      if (!isUnknown(err)) throw err;
      if (best === undefined || weight(err) > weight(best)) best = err;
    }
  }
  throw best ?? new RegistryError('NAME_UNKNOWN', `no such repository: ${formatRepository(repo)}`);
}

const weight = ({ code, cause }: RegistryError): number => (code === 'NAME_UNKNOWN' ? 0 : cause === undefined ? 1 : 2);

/** The tags of all that know the repository. Throws NAME_UNKNOWN when none does. */
export async function joinTags<S>(
  sources: Iterable<S>,
  repo: Repository,
  ask: (source: S) => Promise<List<Tag>>,
): Promise<List<Tag>> {
  const lists: List<Tag>[] = [];
  for (const source of sources) {
    const tags = await ask(source).catch((err: unknown) => {
      if (isUnknown(err)) return undefined;
      throw err;
    });
    if (tags) lists.push(tags);
  }
  if (lists.length > 0) return joinLists(lists, (tag) => tag);
  throw new RegistryError('NAME_UNKNOWN', `no such repository: ${formatRepository(repo)}`);
}

export const joinReferrers = (lists: readonly List<Descriptor>[]): List<Descriptor> =>
  joinLists(lists, ({ digest }) => digest);

/** Lists that are each in the order of their keys as one that is; of two entries with one key the later list's counts. */
export function joinLists<T>(lists: readonly List<T>[], keyOf: (entry: T) => string): List<T> {
  const [only, ...more] = lists;
  if (only && more.length === 0) return only;
  const byKey = new Map(lists.flatMap(({ entries }) => entries).map((entry) => [keyOf(entry), entry]));
  const entries = [...byKey].sort(([a], [b]) => byCodePoint(a, b)).map(([, entry]) => entry);
  const cache = joinUses(lists.flatMap(({ cache }) => cache ?? []));
  return { entries, ...(cache && { cache }) };
}

/** What is said of all: one list that may be old makes them all so, and one that was fetched, fetched. */
const joinUses = (uses: readonly CacheUse[]): CacheUse | undefined =>
  (['stale', 'miss', 'hit'] as const).map((result) => uses.find((use) => use.result === result)).find((use) => use);
