import type { ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import { isUnknown, RegistryError } from './oci/errors.ts';
import { byCodePoint, type Reference, type Tag } from './oci/reference.ts';
import { formatRepository, type Repository } from './oci/repository.ts';
import type { Blob, Lister, Manifest, Registry, Stat } from './registry.ts';

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

  listTags(repo: Repository): Promise<readonly Tag[]> {
    return joinTags(this.#members, repo, (member) => member.listTags(repo));
  }

  async listRepositories(): Promise<readonly string[]> {
    const lists = await Promise.all(this.#members.map((member) => member.listRepositories()));
    return [...new Set(lists.flat())].sort(byCodePoint);
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<readonly Descriptor[]> {
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

export async function joinTags<S>(
  sources: Iterable<S>,
  repo: Repository,
  ask: (source: S) => Promise<readonly Tag[]>,
): Promise<readonly Tag[]> {
  const lists: (readonly Tag[])[] = [];
  for (const source of sources) {
    const tags = await ask(source).catch((err: unknown) => {
      if (isUnknown(err)) return undefined;
      throw err;
    });
    if (tags) lists.push(tags);
  }
  const [only, ...more] = lists;
  if (only === undefined) throw new RegistryError('NAME_UNKNOWN', `no such repository: ${formatRepository(repo)}`);
  return more.length === 0 ? only : [...new Set(lists.flat())].sort(byCodePoint);
}

export function joinReferrers(lists: readonly (readonly Descriptor[])[]): readonly Descriptor[] {
  const byDigest = new Map(lists.flat().map((descriptor) => [descriptor.digest, descriptor]));
  return [...byDigest.values()].sort((a, b) => byCodePoint(a.digest, b.digest));
}
