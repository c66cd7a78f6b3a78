import { setImmediate, setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Log } from '../log.ts';
import { RangeNotSatisfiable, resolveRange, type ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { RegistryError } from '../oci/errors.ts';
import { byCodePoint, formatImage, isDigestReference, type Reference, type Tag } from '../oci/reference.ts';
import { formatRepository, isRepositoryName, type Host, type Repository } from '../oci/repository.ts';
import type { Blob, List, Lister, Manifest, Registry } from '../registry.ts';
import type { Archives } from './archives.ts';
import { checkedBody } from './checked-body.ts';
import { requireBlobs } from './completeness.ts';
import { Costly } from './costly.ts';
import type { BlobFile } from './image-dir.ts';
import { Referrers } from './referrers.ts';
import { RepositoryDirs } from './repository-dirs.ts';
import { escapeComponent } from './repository-path.ts';
import type { Folder } from './folder.ts';
import { NotServed } from './not-served.ts';
import type { Tree } from './tree.ts';
import type { Verifier } from './verifier.ts';
import { walk, type Found, type FoundArchive } from './walk.ts';

/** How long walking may block, in milliseconds. */
const WALK_SLICE_MS = 4;
const PREPARE_PAUSE_MS = 16;

export interface FolderRegistryOptions {
  readonly folder: Folder;
  /** Put before every name, `product-2.4` or `p/q`; empty for none. */
  readonly prefix?: string;
  /** Of which repositories tags that the pull-through keeps are left out, as it answers for those itself. */
  readonly withoutCached?: (repo: Repository) => boolean;
  readonly log: Log;
}

/** A folder of images as a registry. The path is the name: nothing is scanned to answer a pull, so what is put there,
 *  replaced or removed is seen by the next request. */
export class FolderRegistry implements Registry, Lister {
  readonly #tree: Tree;
  readonly #prefix: string;
  readonly #archives: Archives;
  readonly #dirs: RepositoryDirs;
  readonly #verifier: Verifier;
  readonly #referrers: Referrers;
  readonly #log: Log;
  readonly #told = new LRUCache<string, true>({ max: 1_000 });
  readonly #repositories = new Costly(async () => ({ value: await this.#walkRepositories(), final: false }));

  constructor({ folder, prefix = '', withoutCached = () => false, log }: FolderRegistryOptions) {
    this.#tree = folder.tree;
    this.#archives = folder.archives;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#verifier = folder.verifier;
    const onNotServed = (reason: NotServed): void => void this.#note(reason);
    this.#dirs = new RepositoryDirs(folder, { prefix: this.#prefix, withoutCached, onNotServed });
    this.#referrers = new Referrers();
    this.#log = log;
  }

  /** Whether there is a folder for a host, which makes it one that we know. */
  hasHost(host: Host): boolean {
    if (this.#prefix !== '') return this.#prefix.startsWith(`${host}/`);
    return [host, escapeComponent(host)].some((name) => this.#tree.hasDirectory(name));
  }

  async statManifest(repo: Repository, reference: Reference): Promise<Descriptor> {
    return (await this.getManifest(repo, reference)).descriptor;
  }

  async getManifest(repo: Repository, reference: Reference): Promise<Manifest> {
    const why: NotServed[] = [];
    const places = isDigestReference(reference)
      ? this.#dirs.holding(repo, reference)
      : this.#dirs.tagged(repo, reference, why);
    for await (const place of places) {
      try {
        const manifest = await place.dir.manifest(place.digest);
        if (manifest === undefined) continue;
        requireBlobs(place.dir, manifest.document, this.#verifier);
        this.#dirs.remember(place, manifest);
        return manifest;
      } catch (err) {
        why.push(this.#note(err));
      }
    }
    throw await this.#unknownManifest(repo, reference, why);
  }

  async statBlob(repo: Repository, digest: Digest): Promise<Descriptor> {
    const { size } = await this.#findBlob(repo, digest);
    return blobDescriptor(digest, size);
  }

  async openBlob(repo: Repository, digest: Digest, range?: ByteRange): Promise<Blob> {
    const { path, files } = await this.#findBlob(repo, digest);
    const file = await files.open(path);
    try {
      const span = range && resolveRange(range, file.size);
      if (span === 'unsatisfiable') throw new RangeNotSatisfiable(file.size);
      const body = await checkedBody(files, this.#verifier, path, file, digest, span);
      return { descriptor: blobDescriptor(digest, file.size), ...(span && { span }), body };
    } catch (err) {
      await file.handle.close();
      if (err instanceof NotServed) throw this.#unknownBlob(repo, digest, err);
      throw err;
    }
  }

  async listTags(repo: Repository): Promise<List<Tag>> {
    const tags = new Set<Tag>();
    let known = false;
    for await (const { dir, tag } of this.#dirs.all(repo)) {
      known = true;
      if (tag !== undefined) tags.add(tag);
      else for (const inside of dir.tags.keys()) tags.add(inside);
    }
    if (!known) throw unknownRepository(repo);
    return { entries: [...tags].sort(byCodePoint) };
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<List<Descriptor>> {
    const found = new Map<Digest, Descriptor>();
    for await (const { dir } of this.#dirs.all(repo)) {
      for (const descriptor of await this.#referrers.of(dir, subject)) found.set(descriptor.digest, descriptor);
    }
    return { entries: [...found.values()].sort((a, b) => byCodePoint(a.digest, b.digest)) };
  }

  /** Looks at every directory, so a large folder's answer may be some walks old. */
  listRepositories(): Promise<readonly string[]> {
    return this.#repositories.get();
  }

  /** Looks into every archive, so that those that have to be unpacked are ready before somebody asks. It takes its time, and leaves
   *  most of it to requests. */
  async prepare(signal: AbortSignal): Promise<void> {
    for await (const found of this.#walkInSlices(() => setTimeout(PREPARE_PAUSE_MS, undefined, { ref: false }))) {
      if (signal.aborted) return;
      if (!('archive' in found)) continue;
      await this.#archives.open(found.archive.path).catch((err: unknown) => void this.#note(err));
    }
  }

  async #walkRepositories(): Promise<readonly string[]> {
    const names = new Set<string>();
    for await (const found of this.#walkInSlices(() => setImmediate())) {
      if ('archive' in found) for (const name of await this.#namesIn(found.archive)) names.add(this.#prefix + name);
      if (!('dir' in found)) continue;
      const { isLayout, repository, tagged, path } = found.dir;
      const dir = isLayout ? await this.#dirs.open(path) : undefined;
      if (tagged && (!isLayout || dir?.root)) names.add(this.#prefix + tagged.repository);
      if (repository !== undefined && dir?.tags.size) names.add(this.#prefix + repository);
    }
    return [...names].filter(isRepositoryName).sort(byCodePoint);
  }

  async *#walkInSlices(pause: () => Promise<void>): AsyncGenerator<Found> {
    let slice = performance.now();
    for (const found of walk(this.#tree)) {
      if (performance.now() - slice > WALK_SLICE_MS) {
        await pause();
        slice = performance.now();
      }
      yield found;
    }
  }

  /** An archive that cannot be read has no names; one that is being unpacked has them later. */
  async #namesIn({ path, prefix }: FoundArchive): Promise<string[]> {
    try {
      const { parts } = await this.#archives.openSoon(path);
      return [...parts.keys()].map((name) => prefix + name);
    } catch (err) {
      this.#note(err);
      return [];
    }
  }

  /** The directory or archive that a manifest is served from; undefined when it is not here. */
  async locate(repo: Repository, digest: Digest): Promise<string | undefined> {
    for await (const { dir } of this.#dirs.holding(repo, digest)) {
      const manifest = await dir.manifest(digest).catch((err: unknown) => void this.#note(err));
      if (manifest) return this.#tree.absolute(dir.path);
    }
    return undefined;
  }

  async #findBlob(repo: Repository, digest: Digest): Promise<BlobFile> {
    const algorithm = algorithmOf(digest);
    for await (const { dir } of this.#dirs.holding(repo, digest)) {
      const file = dir.file(digest);
      // What we cannot check we do not serve.
      if (file === undefined || algorithm === undefined || (await dir.isManifest(digest))) continue;
      const actual = this.#verifier.known(file.identity, algorithm);
      if (actual !== undefined && actual !== digest) continue;
      return file;
    }
    throw this.#unknownBlob(repo, digest);
  }

  async #unknownManifest(repo: Repository, reference: Reference, why: readonly NotServed[]): Promise<RegistryError> {
    const [first] = why;
    if (first) {
      const reasons = [...new Set(why.map((reason) => reason.message))].join('; ');
      const message = `${formatImage({ repo, reference })} is not served: ${reasons}`;
      return new RegistryError('MANIFEST_UNKNOWN', message, { cause: first, detail: first.detail });
    }
    for await (const _ of this.#dirs.all(repo)) {
      return new RegistryError('MANIFEST_UNKNOWN', `${formatImage({ repo, reference })}: no such manifest`, {
        detail: { reference },
      });
    }
    return unknownRepository(repo);
  }

  #unknownBlob(repo: Repository, digest: Digest, reason?: NotServed): RegistryError {
    if (reason) this.#note(reason);
    return new RegistryError('BLOB_UNKNOWN', `${formatRepository(repo)} has no blob ${digest}`, { detail: { digest } });
  }

  /** Logs once what is not served; anything else than that is an error of ours. */
  #note(err: unknown): NotServed {
    if (!(err instanceof NotServed)) throw err;
    if (!this.#told.has(err.message)) {
      this.#told.set(err.message, true);
      this.#log.warn(`not served: ${err.message}`);
    }
    return err;
  }
}

const blobDescriptor = (digest: Digest, size: number): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest,
  size,
});

function unknownRepository(repo: Repository): RegistryError {
  const name = formatRepository(repo);
  return new RegistryError('NAME_UNKNOWN', `no such repository: ${name}`, { detail: { name } });
}
