import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Log } from '../log.ts';
import { RangeNotSatisfiable, resolveRange, type ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { RegistryError } from '../oci/errors.ts';
import { byCodePoint, isDigestReference, isTag, type Reference, type Tag } from '../oci/reference.ts';
import { formatRepository, isRepositoryName, type Host, type Repository } from '../oci/repository.ts';
import type { Blob, Lister, Manifest, Registry } from '../registry.ts';
import { checkedBody } from './checked-body.ts';
import { requireBlobs } from './completeness.ts';
import { Costly } from './costly.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import { ImageDirs } from './image-dirs.ts';
import type { KnownDigests } from './known-digests.ts';
import { ManifestReader } from './manifest-reader.ts';
import { Referrers } from './referrers.ts';
import { repositoryPaths, escapeComponent } from './repository-path.ts';
import { NotServed, Tree } from './tree.ts';
import { Verifier } from './verifier.ts';
import { walk } from './walk.ts';

export interface FolderOptions {
  readonly root: string;
  /** Put before every name, `product-2.4` or `p/q`; empty for none. */
  readonly prefix?: string;
  readonly known: KnownDigests;
  readonly log: Log;
}

/** A directory, and the path of the repository that it belongs to. */
interface Place {
  readonly dir: ImageDir;
  readonly path: string;
}

/** In which tag directory a digest was seen last; a wrong one only costs a search. */
const MAX_HINTS = 50_000;
/** How long walking may block, in milliseconds. */
const WALK_SLICE_MS = 4;

/** A folder of images as a registry. The path is the name: nothing is scanned to answer a pull, so what is put there,
 *  replaced or removed is seen by the next request. A repository is the union of the OCI layout at its path and of the
 *  directories below it, each of which is a tag; the layout comes first. */
export class FolderRegistry implements Registry, Lister {
  readonly #tree: Tree;
  readonly #prefix: string;
  readonly #dirs: ImageDirs;
  readonly #verifier: Verifier;
  readonly #referrers: Referrers;
  readonly #log: Log;
  readonly #hints = new LRUCache<string, string>({ max: MAX_HINTS });
  readonly #told = new LRUCache<string, true>({ max: 1_000 });
  readonly #repositories = new Costly(async () => ({ value: await this.#walkRepositories(), final: false }));

  constructor({ root, prefix = '', known, log }: FolderOptions) {
    this.#tree = new Tree(root);
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#verifier = new Verifier(known);
    this.#dirs = new ImageDirs(this.#tree, new ManifestReader(), this.#verifier);
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
    const places = isDigestReference(reference) ? this.#holders(repo, reference) : this.#tagged(repo, reference, why);
    for await (const { dir, path, digest } of places) {
      try {
        const manifest = await dir.manifest(digest);
        if (manifest === undefined) continue;
        requireBlobs(dir, manifest.document, this.#verifier);
        this.#remember(path, dir, manifest);
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
    const { path } = await this.#findBlob(repo, digest);
    const file = await this.#tree.open(path);
    try {
      const span = range && resolveRange(range, file.size);
      if (span === 'unsatisfiable') throw new RangeNotSatisfiable(file.size);
      const body = await checkedBody(this.#tree, this.#verifier, path, file, digest, span);
      return { descriptor: blobDescriptor(digest, file.size), ...(span && { span }), body };
    } catch (err) {
      await file.handle.close();
      if (err instanceof NotServed) throw this.#unknownBlob(repo, digest, err);
      throw err;
    }
  }

  async listTags(repo: Repository): Promise<readonly Tag[]> {
    const tags = new Set<Tag>();
    let known = false;
    for await (const { dir, tag } of this.#images(repo)) {
      known = true;
      if (tag !== undefined) tags.add(tag);
      else for (const inside of dir.tags.keys()) tags.add(inside);
    }
    if (!known) throw unknownRepository(repo);
    return [...tags].sort(byCodePoint);
  }

  async listReferrers(repo: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    for await (const { dir } of this.#images(repo)) {
      for (const descriptor of await this.#referrers.of(dir, subject)) found.set(descriptor.digest, descriptor);
    }
    return [...found.values()].sort((a, b) => byCodePoint(a.digest, b.digest));
  }

  /** Looks at every directory, so a large folder's answer may be some walks old. */
  listRepositories(): Promise<readonly string[]> {
    return this.#repositories.get();
  }

  async #walkRepositories(): Promise<readonly string[]> {
    const names = new Set<string>();
    let slice = performance.now();
    for (const found of walk(this.#tree)) {
      if (performance.now() - slice > WALK_SLICE_MS) {
        await setImmediate();
        slice = performance.now();
      }
      if (!('dir' in found)) continue;
      const { isLayout, repository, tagged, path } = found.dir;
      const dir = isLayout ? await this.#open(path) : undefined;
      if (tagged && (!isLayout || dir?.root)) names.add(this.#prefix + tagged.repository);
      if (repository !== undefined && dir?.tags.size) names.add(this.#prefix + repository);
    }
    return [...names].filter(isRepositoryName).sort(byCodePoint);
  }

  /** The directory that a manifest is served from; undefined when it is not here. */
  async locate(repo: Repository, digest: Digest): Promise<string | undefined> {
    for await (const { dir } of this.#holders(repo, digest)) {
      const manifest = await dir.manifest(digest).catch((err: unknown) => void this.#note(err));
      if (manifest) return this.#tree.absolute(dir.path);
    }
    return undefined;
  }

  async #findBlob(repo: Repository, digest: Digest): Promise<BlobFile> {
    const algorithm = algorithmOf(digest);
    for await (const { dir, path } of this.#holders(repo, digest)) {
      const file = dir.file(digest);
      // What we cannot check we do not serve.
      if (file === undefined || algorithm === undefined || (await dir.isManifest(digest))) continue;
      const actual = this.#verifier.known(file.identity, algorithm);
      if (actual !== undefined && actual !== digest) continue;
      this.#hints.set(hintKey(path, digest), dir.path);
      return file;
    }
    throw this.#unknownBlob(repo, digest);
  }

  /** The directories in which a tag stands, with its manifest's digest, in the order in which they count. */
  async *#tagged(repo: Repository, tag: Tag, why: NotServed[]): AsyncGenerator<Place & { digest: Digest }> {
    for (const path of this.#paths(repo)) {
      const layout = await this.#open(path, why);
      const inside = layout?.tags.get(tag);
      if (layout && inside) yield { dir: layout, path, digest: inside.digest };
      const dir = await this.#open(`${path}/${tag}`, why);
      if (dir?.root) yield { dir, path, digest: dir.root.digest };
    }
  }

  /** The directories of a repository in which a digest may be: where it was last, then all of them. */
  async *#holders(repo: Repository, digest: Digest): AsyncGenerator<Place & { digest: Digest }> {
    for (const path of this.#paths(repo)) {
      const hint = this.#hints.get(hintKey(path, digest));
      const dir = hint === undefined ? undefined : await this.#open(hint);
      if (dir) yield { dir, path, digest };
    }
    for await (const { dir, path } of this.#images(repo)) yield { dir, path, digest };
  }

  /** Every directory that a repository is the union of; `tag` is that of a tag directory. */
  async *#images(repo: Repository): AsyncGenerator<Place & { tag?: Tag }> {
    for (const path of this.#paths(repo)) {
      const dir = await this.#open(path);
      if (dir?.format === 'oci-layout') yield { dir, path };
      for (const tag of this.#tree.list(path).directories) {
        const dir = isTag(tag) ? await this.#open(`${path}/${tag}`) : undefined;
        if (dir?.root) yield { dir, path, tag: tag as Tag };
      }
    }
  }

  /** Opens a directory; one that cannot be served is as good as none, and told of in the log and in `why`. */
  async #open(path: string, why?: NotServed[]): Promise<ImageDir | undefined> {
    try {
      return await this.#dirs.open(path);
    } catch (err) {
      const reason = this.#note(err);
      why?.push(reason);
      return undefined;
    }
  }

  /** Remembers that what a manifest names lies beside it. In a layout nothing need be searched. */
  #remember(path: string, dir: ImageDir, { descriptor, document }: ReadManifest): void {
    if (dir.path === path) return;
    const { config, layers, manifests } = document;
    for (const { digest } of [descriptor, ...(config ? [config] : []), ...layers, ...manifests]) {
      this.#hints.set(hintKey(path, digest), dir.path);
    }
  }

  #paths(repo: Repository): string[] {
    const full = formatRepository(repo);
    if (!full.startsWith(this.#prefix)) return [];
    if (this.#prefix === '') return repositoryPaths(repo);
    return repositoryPaths({ name: full.slice(this.#prefix.length) as Repository['name'] });
  }

  async #unknownManifest(repo: Repository, reference: Reference, why: readonly NotServed[]): Promise<RegistryError> {
    const [first] = why;
    if (first) {
      const reasons = [...new Set(why.map((reason) => reason.message))].join('; ');
      const message = `${show(repo, reference)} is not served: ${reasons}`;
      return new RegistryError('MANIFEST_UNKNOWN', message, { cause: first, detail: first.detail });
    }
    for await (const _ of this.#images(repo)) {
      return new RegistryError('MANIFEST_UNKNOWN', `${show(repo, reference)}: no such manifest`, {
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

const hintKey = (path: string, digest: Digest): string => `${path} ${digest}`;
const show = (repo: Repository, reference: Reference): string =>
  `${formatRepository(repo)}${isDigestReference(reference) ? '@' : ':'}${reference}`;
const blobDescriptor = (digest: Digest, size: number): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest,
  size,
});

function unknownRepository(repo: Repository): RegistryError {
  const name = formatRepository(repo);
  return new RegistryError('NAME_UNKNOWN', `no such repository: ${name}`, { detail: { name } });
}
