import type { ReadManifest } from '../folder/image-dir.ts';
import { jsonExcess } from '../oci/json-limits.ts';
import { configPlatform, formatPlatform, type Descriptor, type Platform } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { isIndexType, isNonDistributable } from '../oci/media-types.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { ImageSource } from './image-source.ts';

/** All that is to be brought in for one image. */
export interface Selection {
  /** Children before the index that names them; the image itself is the last one. */
  readonly manifests: readonly ReadManifest[];
  /** Manifests that refer to one of these, which nothing names. */
  readonly referrers: readonly ReadManifest[];
  /** Children that were wanted, which the source has not got. */
  readonly missing: readonly Descriptor[];
  /** Configs and layers, each once. */
  readonly blobs: readonly Descriptor[];
}

/** Manifests that one image may consist of; a stranger's index could name any number. */
const MAX_MANIFESTS = 10_000;
/** What they are in all, in bytes: they are kept until all are found, and take some four times as much. */
const MAX_BYTES = 32 * 1024 * 1024;
/** What marks an attestation as that of another child of its index.
 *  https://github.com/moby/buildkit/blob/v0.32.0/docs/attestations/attestation-storage.md */
const ATTESTED = 'vnd.docker.reference.digest';

/** Finds out what an image consists of: all of it, or for an index only the children for some platforms. An index is kept as it is
 *  and may name children that are not here. Throws when none is for these platforms. */
export async function select(
  source: ImageSource,
  root: Descriptor,
  platforms: readonly Platform[],
): Promise<Selection> {
  const selecting = new Selecting(source, platforms);
  const found = await selecting.add(root);
  if (found === undefined) throw new Error(`manifest ${root.digest} is missing`);
  if (platforms.length > 0) await selecting.requirePlatform(found);
  await selecting.addReferrers();
  return selecting.selection();
}

class Selecting {
  readonly #source: ImageSource;
  readonly #platforms: readonly Platform[];
  readonly #manifests = new Map<Digest, ReadManifest>();
  readonly #referrers = new Map<Digest, ReadManifest>();
  readonly #missing: Descriptor[] = [];
  readonly #seen = new Set<Digest>();
  #bytes = 0;

  constructor(source: ImageSource, platforms: readonly Platform[]) {
    this.#source = source;
    this.#platforms = platforms;
  }

  /** Adds a manifest after its children; undefined when the source has not got it. */
  async add(descriptor: Descriptor): Promise<ReadManifest | undefined> {
    this.#see(descriptor.digest);
    const manifest = await this.#read(descriptor);
    if (manifest === undefined) {
      this.#missing.push(descriptor);
      return undefined;
    }
    for (const child of this.#wanted(manifest.document.manifests)) {
      if (!this.#seen.has(child.digest)) await this.add(child);
    }
    this.#manifests.set(descriptor.digest, manifest);
    return manifest;
  }

  /** That some image is for a platform that was asked for. */
  async requirePlatform(root: ReadManifest): Promise<void> {
    const wanted = this.#platforms.map(formatPlatform).join(', ');
    const { document } = root;
    if (document.kind === 'index') {
      if ([...this.#manifests.values()].some((manifest) => manifest.document.kind === 'image')) return;
      const there = document.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
      throw new Error(`no image for ${wanted} in the index: it has ${[...new Set(there)].join(', ') || 'none'}`);
    }
    const platform = document.kind === 'image' ? await this.#platformOf(root) : undefined;
    if (platform !== undefined && !this.#isWanted(platform)) {
      throw new Error(`the image is for ${formatPlatform(platform)}, not for ${wanted}`);
    }
  }

  /** Adds what refers to what was added, and what refers to that. */
  async addReferrers(): Promise<void> {
    const subjects = [...this.#manifests.values()].map(({ descriptor }) => descriptor);
    for (let subject = subjects.shift(); subject; subject = subjects.shift()) {
      for (const descriptor of await this.#source.referrers(subject)) {
        if (this.#seen.has(descriptor.digest)) continue;
        this.#see(descriptor.digest);
        const manifest = await this.#read(descriptor);
        if (manifest === undefined) continue;
        this.#referrers.set(descriptor.digest, manifest);
        subjects.push(descriptor);
      }
    }
  }

  selection(): Selection {
    const manifests = [...this.#manifests.values()];
    const referrers = [...this.#referrers.values()];
    const blobs = [...manifests, ...referrers].flatMap(({ document: { config, layers } }) => [
      ...(config ? [config] : []),
      ...layers,
    ]);
    return {
      manifests,
      referrers,
      missing: this.#missing,
      blobs: [...new Map(blobs.map((blob) => [blob.digest, blob])).values()],
    };
  }

  async #read(descriptor: Descriptor): Promise<ReadManifest | undefined> {
    const manifest = await this.#source.manifest(descriptor);
    this.#bytes += manifest?.bytes.length ?? 0;
    if (this.#bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes of manifests for one image`);
    return manifest;
  }

  #see(digest: Digest): void {
    this.#seen.add(digest);
    if (this.#seen.size > MAX_MANIFESTS) throw new Error(`more than ${MAX_MANIFESTS} manifests for one image`);
  }

  #wanted(children: readonly Descriptor[]): readonly Descriptor[] {
    if (this.#platforms.length === 0) return children;
    const kept = new Set(children.filter(({ platform }) => platform && this.#isWanted(platform)));
    const digests = new Set([...kept].map(({ digest }) => digest as string));
    return children.filter(
      (child) =>
        kept.has(child) ||
        digests.has(child.annotations?.[ATTESTED] ?? '') ||
        // An index within an index has no platform of its own.
        (child.platform === undefined && isIndexType(child.mediaType)),
    );
  }

  #isWanted(platform: Platform): boolean {
    return this.#platforms.some((wanted) => covers(wanted, platform));
  }

  async #platformOf({ document: { config } }: ReadManifest): Promise<Platform | undefined> {
    if (config === undefined || config.size > MAX_MANIFEST_BYTES) return undefined;
    const bytes = await this.#readConfig(config);
    if (bytes.length > config.size || jsonExcess(bytes) !== undefined) return undefined;
    try {
      const text = configPlatform(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>);
      return text === undefined ? undefined : parsePlatform(text);
    } catch {
      return undefined;
    }
  }

  /** Not much more of it than its descriptor says. */
  async #readConfig(config: Descriptor): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of (await this.#source.open(config)) ?? []) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      if (size > config.size) break;
    }
    return Buffer.concat(chunks);
  }
}

/** Without a variant every one is meant; arm64 has only v8, which some leave out. */
function covers(wanted: Platform, { os, architecture, variant }: Platform): boolean {
  if (wanted.os !== os || wanted.architecture !== architecture) return false;
  if (wanted.variant === undefined || wanted.variant === variant) return true;
  return architecture === 'arm64' && (variant ?? 'v8') === wanted.variant;
}

/** Whether an image may come without this layer, whose licence may forbid copies. */
export const isOptional = ({ mediaType }: Descriptor): boolean => isNonDistributable(mediaType);
