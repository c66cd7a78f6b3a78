import { RangeNotSatisfiable, resolveRange, type ByteRange } from './oci/byte-range.ts';
import type { Descriptor } from './oci/descriptor.ts';
import { digestOf, type Digest } from './oci/digest.ts';
import { RegistryError } from './oci/errors.ts';
import { parseManifest, referrerDescriptor, type ManifestDocument } from './oci/manifest.ts';
import { byCodePoint, isTag, type Reference, type Tag } from './oci/reference.ts';
import { formatRepository, parseRepositoryName, type Repository } from './oci/repository.ts';
import type { Blob, Body, List, Lister, Manifest, Registry } from './registry.ts';

interface Contents {
  readonly manifests: Map<Digest, Manifest & { readonly document: ManifestDocument }>;
  readonly blobs: Map<Digest, Buffer>;
  readonly tags: Map<Tag, Digest>;
}

/** A registry of images that are held in memory. It knows no hosts: with one, nothing is here. */
export class MemoryRegistry implements Registry, Lister {
  readonly #repositories = new Map<string, Contents>();

  putBlob(name: string, bytes: Buffer): Descriptor {
    const digest = digestOf(bytes);
    this.#contents(name).blobs.set(digest, bytes);
    return { mediaType: 'application/octet-stream', digest, size: bytes.length };
  }

  /** Throws InvalidManifest. `mediaType` is for a manifest that does not say it itself. */
  putManifest(name: string, bytes: Buffer, options: { tag?: string; mediaType?: string } = {}): Descriptor {
    const document = parseManifest(bytes, options.mediaType);
    const descriptor = { mediaType: document.mediaType, digest: digestOf(bytes), size: bytes.length };
    const { manifests, tags } = this.#contents(name);
    manifests.set(descriptor.digest, { descriptor, bytes, document });
    if (options.tag !== undefined) {
      if (!isTag(options.tag)) throw new Error(`not a tag: ${options.tag}`);
      tags.set(options.tag, descriptor.digest);
    }
    return descriptor;
  }

  async statManifest(repo: Repository, reference: Reference): Promise<Descriptor> {
    return (await this.getManifest(repo, reference)).descriptor;
  }

  getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    return promise(() => {
      const { manifests, tags } = this.#known(repo);
      const manifest = manifests.get(tags.get(reference as Tag) ?? (reference as Digest));
      if (manifest !== undefined) return manifest;
      const message = `${formatRepository(repo)} has no manifest ${reference}`;
      throw new RegistryError('MANIFEST_UNKNOWN', message, { detail: { reference } });
    });
  }

  statBlob(repo: Repository, digest: Digest): Promise<Descriptor> {
    return promise(() => blobDescriptor(digest, this.#blob(repo, digest)));
  }

  openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    return promise(() => {
      const bytes = this.#blob(repo, digest);
      const span = range && resolveRange(range, bytes.length);
      if (span === 'unsatisfiable') throw new RangeNotSatisfiable(bytes.length);
      const body = new MemoryBody(span ? bytes.subarray(span.start, span.end + 1) : bytes);
      return { descriptor: blobDescriptor(digest, bytes), ...(span && { span }), body };
    });
  }

  listTags(repo: Repository): Promise<List<Tag>> {
    return promise(() => ({ entries: [...this.#known(repo).tags.keys()].sort(byCodePoint) }));
  }

  listRepositories(): Promise<readonly string[]> {
    return promise(() => [...this.#repositories.keys()].sort(byCodePoint));
  }

  listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    return promise(() => {
      const manifests = this.#find(repo)?.manifests.values() ?? [];
      const entries = [...manifests]
        .filter(({ document }) => document.subject?.digest === subject)
        .map(({ descriptor, document }) => referrerDescriptor(descriptor, document))
        .sort((a, b) => byCodePoint(a.digest, b.digest));
      return { entries };
    });
  }

  #contents(name: string): Contents {
    const key = parseRepositoryName(name);
    const contents = this.#repositories.get(key) ?? { manifests: new Map(), blobs: new Map(), tags: new Map() };
    this.#repositories.set(key, contents);
    return contents;
  }

  #find({ host, name }: Repository): Contents | undefined {
    return host === undefined ? this.#repositories.get(name) : undefined;
  }

  #known(repo: Repository): Contents {
    const contents = this.#find(repo);
    if (contents) return contents;
    const name = formatRepository(repo);
    throw new RegistryError('NAME_UNKNOWN', `no such repository: ${name}`, { detail: { name } });
  }

  #blob(repo: Repository, digest: Digest): Buffer {
    const bytes = this.#find(repo)?.blobs.get(digest);
    if (bytes) return bytes;
    throw new RegistryError('BLOB_UNKNOWN', `${formatRepository(repo)} has no blob ${digest}`, { detail: { digest } });
  }
}

const blobDescriptor = (digest: Digest, { length }: Buffer): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest,
  size: length,
});

/** What is in memory is there at once, but the seam promises. */
const promise = <T>(get: () => T): Promise<T> => new Promise((resolve) => resolve(get()));

/** Bytes that are there, all in one chunk. */
class MemoryBody implements Body {
  #bytes: Buffer | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes.length > 0 ? bytes : undefined;
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const value = this.#bytes;
    this.#bytes = undefined;
    return Promise.resolve(value ? { done: false, value } : { done: true, value: undefined });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#bytes = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
