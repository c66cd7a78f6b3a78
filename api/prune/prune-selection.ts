import type { Candidate } from './prune-candidates.ts';

/** What is to go. Times in milliseconds, sizes in bytes. */
export interface PruneCriteria {
  /** Only these images are touched; all without it. What has no tag is asked for with its digest in the tag's place. */
  readonly matches?: ImageFilter;
  /** Fetched or loaded so long ago. */
  readonly olderThanMs?: number;
  /** Not pulled for so long, nor fetched. */
  readonly unusedForMs?: number;
  /** The newest so many tags of each repository stay. */
  readonly keep?: number;
  /** Those that are unused the longest go until the blobs that were written here take no more than this. */
  readonly maxBytes?: number;
  /** Also what lost its tag to a newer image, and files that nothing needs. */
  readonly unreferenced?: boolean;
}

export type ImageFilter = (image: { readonly repository: string; readonly tag: string }) => boolean;

/** Why an image goes: because of which criteria, because its tag is another's now, or because its subject goes. */
export type PruneReason = 'pattern' | 'older-than' | 'unused-for' | 'keep' | 'max-bytes' | 'replaced' | 'referrer';

/** Whether the criteria say anything at all: without any, nothing must go. */
export function hasCriterion({
  matches,
  olderThanMs,
  unusedForMs,
  keep,
  maxBytes,
  unreferenced,
}: PruneCriteria): boolean {
  return [matches, olderThanMs, unusedForMs, keep, maxBytes].some((it) => it !== undefined) || unreferenced === true;
}

/** Which images may go at all: ours that are meant, are not pinned, and are not among the newest that are spared. */
export function removable(
  candidates: readonly Candidate[],
  { matches, keep = 0 }: PruneCriteria,
  isPinned: ImageFilter,
): Candidate[] {
  const meant = candidates.filter((it) => it.isOwn && (matches?.(imageOf(it)) ?? true));
  const spared = new Set<Candidate>();
  for (const tags of Map.groupBy(
    meant.filter(({ tag }) => tag !== undefined),
    ({ repository }) => repository,
  ).values()) {
    for (const newest of tags.sort(byNewest).slice(0, keep)) spared.add(newest);
  }
  // What lost its tag is not what the pin means any more; what never had one may be, by its digest.
  return meant.filter((it) => !spared.has(it) && !(it.replaced === undefined && isPinned(imageOf(it))));
}

/** Whether some images go whatever they take. With a bound on bytes a pattern or a number to keep says only which may go for it. */
export function selects({ matches, olderThanMs, unusedForMs, keep, maxBytes }: PruneCriteria): boolean {
  if ((olderThanMs ?? unusedForMs) !== undefined) return true;
  return maxBytes === undefined && (matches !== undefined || keep !== undefined);
}

/** Which of the {@link removable} images go then, and why: those for which all that was asked holds. */
export function select(
  candidates: readonly Candidate[],
  criteria: PruneCriteria,
  now: number,
): Map<Candidate, readonly PruneReason[]> {
  const { matches, olderThanMs, unusedForMs, keep } = criteria;
  const hasAge = (olderThanMs ?? unusedForMs) !== undefined;
  const reasons: readonly PruneReason[] = [
    ...(matches ? (['pattern'] as const) : []),
    ...(olderThanMs !== undefined ? (['older-than'] as const) : []),
    ...(unusedForMs !== undefined ? (['unused-for'] as const) : []),
    ...(keep !== undefined ? (['keep'] as const) : []),
  ];
  const selected = candidates.filter(
    (it) =>
      (olderThanMs === undefined || isBefore(it.fetched, now - olderThanMs)) &&
      (unusedForMs === undefined || isBefore(usedAt(it), now - unusedForMs)) &&
      // How many to keep is a matter of tags.
      (hasAge || keep === undefined || it.tag !== undefined),
  );
  return new Map(selected.map((it) => [it, reasons]));
}

/** When an image was last of use: pulled, or else fetched. An image that was fetched just now is not old because its tag was
 *  pulled long ago. */
export function usedAt({ lastUsed, fetched }: Candidate): number | undefined {
  return lastUsed === undefined ? fetched : Math.max(lastUsed, fetched ?? 0);
}

/** A time that nobody knows is never before another. */
const isBefore = (time: number | undefined, limit: number): boolean => time !== undefined && time <= limit;

/** Of those fetched at one time, the tag that sorts later is the newer. */
const byNewest = (a: Candidate, b: Candidate): number =>
  (b.fetched ?? 0) - (a.fetched ?? 0) || (b.tag ?? '').localeCompare(a.tag ?? '', 'en', { numeric: true });

const imageOf = ({ repository, tag, digest }: Candidate): { repository: string; tag: string } => ({
  repository,
  tag: tag ?? digest,
});
