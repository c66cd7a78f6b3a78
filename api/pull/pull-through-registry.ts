import type { ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown } from '../oci/errors.ts';
import { isDigestReference, type Reference, type Tag } from '../oci/reference.ts';
import { formatRepository, type Host, type Repository } from '../oci/repository.ts';
import type { Blob, List, Lister, Manifest, Registry, Stat } from '../registry.ts';
import { joinLists, joinReferrers } from '../union-registry.ts';
import type { CachedLists } from './cached-lists.ts';
import type { CachedBlobs } from './cached-blobs.ts';
import type { CachedManifests } from './cached-manifests.ts';
import type { Remote } from './remote.ts';
import type { Routes, UpstreamRepository } from './routes.ts';

export interface PullThroughOptions {
  readonly routes: Routes;
  readonly remotes: ReadonlyMap<Host, Remote>;
  /** What people and `load` have put here, by all names. */
  readonly local: Registry & Lister;
  readonly manifests: CachedManifests;
  readonly blobs: CachedBlobs;
  readonly lists: CachedLists;
  /** Told which manifests of upstreams are pulled. */
  readonly onPulled: (repo: Repository, reference: Reference) => void;
}

interface Route {
  readonly repo: UpstreamRepository;
  readonly remote: Remote;
}

/** What is here, in front of the upstreams that what is missing is fetched from. What people have put here comes first. */
export class PullThroughRegistry implements Registry, Lister {
  readonly #options: PullThroughOptions;

  constructor(options: PullThroughOptions) {
    this.#options = options;
  }

  async statManifest(repo: Repository, reference: Reference): Promise<Stat> {
    const { descriptor, cache } = await this.getManifest(repo, reference);
    return { ...descriptor, ...(cache && { cache }) };
  }

  async getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    const { manifests, local, onPulled } = this.#options;
    const route = this.#route(repo);
    if (route === undefined) return local.getManifest(repo, reference);
    const kept = isDigestReference(reference) ? await manifests.byDigest(route.repo, reference) : undefined;
    const manifest =
      kept ??
      (await orElse(local.getManifest(repo, reference), () => manifests.get(route.repo, reference, route.remote)));
    onPulled(route.repo, reference);
    return manifest;
  }

  async statBlob(repo: Repository, digest: Digest): Promise<Stat> {
    const { blobs, local } = this.#options;
    const route = this.#route(repo);
    const here = local.statBlob(repo, digest);
    return route ? orElse(here, () => blobs.stat(route.repo, digest, route.remote)) : here;
  }

  async openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    const { blobs, local } = this.#options;
    const route = this.#route(repo);
    if (route && blobs.isComing(route.repo, digest)) return blobs.open(route.repo, digest, route.remote, range);
    const here = local.openBlob(repo, digest, range);
    return route ? orElse(here, () => blobs.open(route.repo, digest, route.remote, range)) : here;
  }

  /** The upstream's and ours; ours alone when it is out of reach. */
  async listTags(repo: Repository): Promise<List<Tag>> {
    const { local, lists } = this.#options;
    const route = this.#route(repo);
    const here = local.listTags(repo);
    if (route === undefined) return here;
    const ours = await here.catch(ifKnown);
    const { registry } = route.remote;
    const theirs = await lists.get<Tag>({
      key: `${formatRepository(route.repo)} tags`,
      host: route.repo.host,
      ours,
      isRemembered: false,
      ask: (patience) => registry.listTags(route.repo, patience),
    });
    return joinLists([theirs, ...(ours ? [ours] : [])], (tag) => tag);
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    const { local, lists } = this.#options;
    const route = this.#route(repo);
    const ours = await local.listReferrers(repo, subject);
    if (route === undefined) return ours;
    const { registry } = route.remote;
    const theirs = await lists.get<Descriptor>({
      key: `${formatRepository(route.repo)} ${subject}`,
      host: route.repo.host,
      ours,
      isRemembered: true,
      ask: (patience) => registry.listReferrers(route.repo, subject, patience),
    });
    return joinReferrers([theirs, ours]);
  }

  listRepositories(): Promise<readonly string[]> {
    return this.#options.local.listRepositories();
  }

  /** Where a repository is fetched from, if it may be. Throws NAME_UNKNOWN for a host that nobody knows. */
  upstreamOf(repo: Repository): Host | undefined {
    return this.#route(repo)?.repo.host;
  }

  /** Undefined when only what lies here is meant, or may be answered. */
  #route(repo: Repository): Route | undefined {
    const { routes, remotes } = this.#options;
    const upstream = routes.of(repo);
    const remote = upstream && remotes.get(upstream.host);
    return upstream && remote?.allows(upstream.name) ? { repo: upstream, remote } : undefined;
  }
}

/** What is here, or else what somebody else has. */
async function orElse<T>(here: Promise<T>, elsewhere: () => Promise<T>): Promise<T> {
  try {
    return await here;
  } catch (err) {
    if (!isUnknown(err)) throw err;
    return elsewhere();
  }
}

function ifKnown(err: unknown): undefined {
  if (!isUnknown(err)) throw err;
}
