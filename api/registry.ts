import type { ByteRange, ByteSpan } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import type { Digest } from './oci/digest.ts';
import type { Reference, Tag } from './oci/reference.ts';
import type { Repository } from './oci/repository.ts';

/** How a cache came by an answer. https://www.rfc-editor.org/rfc/rfc9211 */
export interface CacheUse {
  /** From what is here; from an upstream; or from what is here though it should have been looked up again. */
  readonly result: 'hit' | 'miss' | 'stale';
  /** An upstream was asked, and what is here was still right. */
  readonly revalidated?: true;
  /** What somebody else was fetching was waited for. */
  readonly collapsed?: true;
  /** Of what is stale: for how long nobody could look it up, in seconds. */
  readonly ageSeconds?: number;
  /** Of what is stale: why, in a few words. */
  readonly reason?: string;
}

/** A descriptor as it was found. */
export interface Stat extends Descriptor {
  /** Absent where no cache is asked: a hit. */
  readonly cache?: CacheUse;
}

/** A manifest's exact bytes, and what they are. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly cache?: CacheUse;
}

/** Bytes on their way. A chunk stays untouched until the second `next()` after the one that gave it, so that it can be
 *  written while its successor is read. `return()` says that no chunk is needed any more: it may be called at any time,
 *  also before the first `next()`, after the last or while one is pending, and frees what the body holds. */
export interface Body extends AsyncIterableIterator<Buffer, undefined, undefined> {
  return(): Promise<IteratorReturnResult<undefined>>;
  [Symbol.asyncIterator](): Body;
}

/** An opened blob, whole or in part. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** The part that `body` holds; absent when it is the whole. */
  readonly span?: ByteSpan;
  readonly body: Body;
  readonly cache?: CacheUse;
}

/** What there is of something, whole and in order. */
export interface List<T> {
  readonly entries: readonly T[];
  readonly cache?: CacheUse;
}

/** Anything an image can be pulled from: our disk, another registry, or one in front of the other.
 *  Nothing to give: RegistryError NAME_UNKNOWN, MANIFEST_UNKNOWN or BLOB_UNKNOWN. */
export interface Registry {
  /** Answers HEAD; never opens a body. */
  statManifest(repo: Repository, reference: Reference): Promise<Stat>;
  /** The exact bytes: a manifest is never re-serialised, its digest would change.
   *  The descriptor's digest is the one asked for, or the one the tag is kept with. */
  getManifest(repo: Repository, reference: Reference): Promise<Manifest>;
  statBlob(repo: Repository, digest: Digest): Promise<Stat>;
  /** The caller ends with `body.return()`, read to the end or not. Throws RangeNotSatisfiable.
   *  A body that turns out to be wrong throws before its last chunk. */
  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob>;
}

/** What there is. Every list is whole and in order; pages are cut elsewhere. */
export interface Lister {
  /** By code point. Throws NAME_UNKNOWN. */
  listTags(repo: Repository): Promise<List<Tag>>;
  /** Full names that a client can ask for, by code point. Only what is here: no upstream is asked for all that it has. */
  listRepositories(): Promise<readonly string[]>;
  /** The manifests here whose `subject` is `subject`, by digest, with `artifactType` and annotations as the
   *  referrers API gives them. Empty when there are none, or no such repository. */
  listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>>;
}
