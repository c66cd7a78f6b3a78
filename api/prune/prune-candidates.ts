import { isCached, isOwn } from '../folder/own-annotations.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';
import { LayoutContents } from '../store/layout-contents.ts';
import { keyOf, timesOf, type Entry } from '../store/layout-index.ts';
import { repositoryDirectories } from '../store/layouts.ts';
import type { Remover } from './remover.ts';
import { inSlices } from './slices.ts';
import type { Store } from '../store/store.ts';

/** An image in a layout that we write to: what has a tag there, or was asked for by its digest. Times are milliseconds since 1970. */
export interface Candidate {
  readonly repo: Repository;
  readonly repository: string;
  readonly tag: Tag | undefined;
  readonly digest: Digest;
  /** Tells its entry from others, one that was written anew included. */
  readonly key: string;
  /** Somebody else's is only looked at for what it holds. */
  readonly isOwn: boolean;
  /** Whether the pull-through kept it, and nothing that was loaded goes with it. */
  readonly isCached: boolean;
  readonly fetched: number | undefined;
  /** When it was last pulled, as far as anybody knows. */
  readonly lastUsed: number | undefined;
  /** Since when its tag has been another's. */
  readonly replaced: number | undefined;
  /** All that it holds. */
  readonly digests: ReadonlySet<Digest>;
}

/** Tells when a manifest was last pulled by a reference, in milliseconds since 1970. */
export interface Usage {
  lastUsed(repo: Repository, reference: Reference): number | undefined;
}

/** What there is in a layout that we write to. */
export interface LayoutImages {
  readonly repo: Repository;
  /** The layout's directory. */
  readonly path: string;
  readonly candidates: readonly Candidate[];
  /** All that any of them holds. */
  readonly digests: ReadonlySet<Digest>;
}

/** Reads all layouts that we write to, one after the other, as `remover` finds or would leave them. One that cannot be read is told
 *  of in `problems`. */
export async function* readLayouts(
  store: Store,
  remover: Remover,
  usage: Usage,
  problems: string[],
): AsyncGenerator<LayoutImages> {
  for await (const { repo, path, isLayout } of repositoryDirectories(store)) {
    if (!isLayout) continue;
    try {
      const { entries } = await remover.indexOf(repo);
      if (entries.length > 0 && !entries.some(({ descriptor }) => isOwn(descriptor))) continue;
      const contents = await LayoutContents.read(store.root, path, entries);
      const loaded = loadedReferrers(contents, entries);
      const candidates: Candidate[] = [];
      for await (const [entry, digests] of inSlices(contents.images())) {
        const takesLoaded = loaded.size > 0 && [...digests].some((digest) => loaded.has(digest));
        candidates.push(
          candidateOf(repo, entry, digests, {
            isCached: isCached(entry.descriptor) && !takesLoaded,
            lastUsed: lastUsed(usage, repo, entry, digests, contents),
          }),
        );
      }
      yield { repo, path, candidates, digests: contents.digests };
    } catch (err) {
      problems.push((err as Error).message);
    }
  }
}

/** The images in all {@link readLayouts}. */
export async function readCandidates(
  store: Store,
  remover: Remover,
  usage: Usage,
  problems: string[],
): Promise<Candidate[]> {
  const all: Candidate[] = [];
  for await (const { candidates } of readLayouts(store, remover, usage, problems)) {
    for (const candidate of candidates) all.push(candidate);
  }
  return all;
}

/** They go with their subject, who may have been pulled. */
function loadedReferrers(contents: LayoutContents, entries: readonly Entry[]): ReadonlySet<Digest> {
  const loaded = entries.filter((entry) => !isCached(entry.descriptor) && contents.isReferrer(entry));
  return new Set(loaded.map(({ descriptor }) => descriptor.digest));
}

function candidateOf(
  repo: Repository,
  entry: Entry,
  digests: ReadonlySet<Digest>,
  known: Pick<Candidate, 'isCached' | 'lastUsed'>,
): Candidate {
  const { descriptor, tag } = entry;
  const { fetched, replaced } = timesOf(entry);
  return {
    repo,
    repository: formatRepository(repo),
    tag,
    digest: descriptor.digest,
    key: keyOf(entry),
    isOwn: isOwn(descriptor),
    ...known,
    fetched: fetched?.getTime(),
    replaced: replaced?.getTime(),
    digests,
  };
}

/** By its tag, by its digest, or one of its children by theirs. */
function lastUsed(
  usage: Usage,
  repo: Repository,
  { tag }: Entry,
  digests: ReadonlySet<Digest>,
  contents: LayoutContents,
): number | undefined {
  const manifests = [...digests].filter((digest) => contents.isManifest(digest));
  const times = [...(tag === undefined ? [] : [tag]), ...manifests].map((reference) => usage.lastUsed(repo, reference));
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
