import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown } from '../oci/errors.ts';
import { parseManifest, requiredBlobs, type ManifestDocument } from '../oci/manifest.ts';
import { byCodePoint } from '../oci/reference.ts';
import { formatRepository, type Repository } from '../oci/repository.ts';
import type { Lister, Manifest, Registry } from '../registry.ts';

/** A manifest, and the repository that it can be had from. */
export interface FoundManifest {
  readonly repo: Repository;
  readonly descriptor: Descriptor;
  readonly document: ManifestDocument;
}

/** A config or a layer, and the repository that it can be had from. */
export interface FoundBlob {
  readonly repo: Repository;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** A manifest that is here because it refers to another. */
export interface FoundReferrer {
  readonly descriptor: Descriptor;
  readonly subject: Digest;
}

/** An index in an index, the signature of a signature: some levels are real, more are somebody's joke. */
const MAX_DEPTH = 16;

/** All that belongs to some images, each thing once: their manifests, what those name, and what refers to them. */
export class Contents {
  readonly manifests = new Map<Digest, FoundManifest>();
  readonly blobs = new Map<Digest, FoundBlob>();
  readonly #registry: Registry & Lister;
  /** Repository and digest: what refers to a manifest differs from repository to repository. */
  readonly #walked = new Set<string>();
  readonly #reachable = new Set<Digest>();
  readonly #referrers = new Map<Digest, FoundReferrer>();

  constructor(registry: Registry & Lister) {
    this.#registry = registry;
  }

  /** The manifests that nothing but their `subject` ties to the images, by digest. */
  get referrers(): readonly FoundReferrer[] {
    return [...this.#referrers.values()]
      .filter(({ descriptor }) => !this.#reachable.has(descriptor.digest))
      .sort((a, b) => byCodePoint(a.descriptor.digest, b.descriptor.digest));
  }

  /** Adds an image with all that belongs to it; children of an index that are not here are left out, as they are here.
   *  Throws RegistryError when a blob is missing, unless its licence forbids copies. */
  async add(repo: Repository, manifest: Manifest): Promise<void> {
    this.#reachable.add(manifest.descriptor.digest);
    await this.#walk(repo, manifest, 0);
  }

  async #walk(repo: Repository, { descriptor, bytes }: Manifest, depth: number): Promise<void> {
    const { mediaType, digest, size } = descriptor;
    const place = `${formatRepository(repo)}@${digest}`;
    if (this.#walked.has(place)) return;
    this.#walked.add(place);
    if (depth > MAX_DEPTH) throw new Error(`${place}: it is more than ${MAX_DEPTH} levels below what is exported`);

    const document = parseManifest(bytes, mediaType);
    if (!this.manifests.has(digest)) {
      this.manifests.set(digest, { repo, descriptor: { mediaType, digest, size }, document });
    }
    await this.#addBlobs(repo, document);
    for (const child of document.manifests) {
      const manifest = await this.#find(repo, child.digest);
      if (manifest === undefined) continue;
      this.#reachable.add(child.digest);
      await this.#walk(repo, manifest, depth + 1);
    }
    for (const referrer of (await this.#registry.listReferrers(repo, digest)).entries) {
      const manifest = await this.#find(repo, referrer.digest);
      if (manifest === undefined) continue;
      this.#referrers.set(referrer.digest, { descriptor: referrer, subject: digest });
      await this.#walk(repo, manifest, depth + 1);
    }
  }

  async #addBlobs(repo: Repository, document: ManifestDocument): Promise<void> {
    const required = new Set(requiredBlobs(document));
    for (const blob of [...(document.config ? [document.config] : []), ...document.layers]) {
      const { digest, size } = blob;
      if (this.blobs.has(digest)) continue;
      const found = await this.#registry.statBlob(repo, digest).catch((err: unknown) => {
        if (isUnknown(err) && !required.has(blob)) return undefined;
        throw err;
      });
      if (found === undefined) continue;
      if (found.size !== size) throw new Error(`blob ${digest}: ${found.size} bytes, its manifest says ${size}`);
      this.blobs.set(digest, { repo, digest, size });
    }
  }

  async #find(repo: Repository, digest: Digest): Promise<Manifest | undefined> {
    try {
      return await this.#registry.getManifest(repo, digest);
    } catch (err) {
      if (isUnknown(err)) return undefined;
      throw err;
    }
  }
}
