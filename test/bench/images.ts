import { createHash } from 'node:crypto';
import { mkdirSync, openSync, writeSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../api/oci/media-types.ts';
import { KIB, MIB } from './bytes.ts';
import { noise } from './noise.ts';
import { writeLayer } from './layer-file.ts';

/** Bytes in a file, from which every peer gets them by a hard link: there is one copy, on disk and in the page cache. */
export interface StoredBytes {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** A layer, and the digest of the tar in it. */
export interface StoredLayer extends StoredBytes {
  readonly diffId: string;
}

/** An image under one or more tags of a repository. */
export interface StoredImage {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly manifest: StoredBytes;
  /** Config and layers. */
  readonly blobs: readonly StoredBytes[];
}

/** What a scenario's servers hold. */
export interface ImageSet {
  readonly images: readonly StoredImage[];
  /** In which of its formats this registry keeps them. */
  readonly format: 'oci-layout' | 'skopeo-dir';
}

const SMALL_BLOB_BYTES = 32 * KIB;
const LARGE_BLOB_BYTES = 512 * MIB;
const MANY_IMAGES = 100_000;
const TAGS_PER_REPOSITORY = 100;
/** How the bytes of an image are shared out among its layers: one is the largest by far, as in most images. */
const LAYER_SHARES = [0.4, 0.25, 0.2, 0.1, 0.05];

/** Makes images out of noise, which nothing on the way can compress. */
export class ImageStore {
  readonly #folder: string;
  #files = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** One small image and one whose layer is large. */
  makeFew(): ImageSet {
    const small = this.#image('bench/small', [this.#layer(SMALL_BLOB_BYTES)]);
    const large = this.#image('bench/large', [this.#layer(LARGE_BLOB_BYTES)]);
    return { images: [small, large], format: 'oci-layout' };
  }

  /** One small image under many names. */
  makeMany(): ImageSet {
    const image = this.#image('bench/many', [this.#layer(KIB)]);
    const tags = Array.from({ length: TAGS_PER_REPOSITORY }, (_, i) => `t${i}`);
    const images = Array.from({ length: MANY_IMAGES / TAGS_PER_REPOSITORY }, (_, i) => ({
      ...image,
      repository: `many/r${i}`,
      tags,
    }));
    return { images, format: 'skopeo-dir' };
  }

  /** Images of which each has a manifest and a config of its own; the layer is the same, as nothing has to read it. */
  makeDifferent(count: number): ImageSet {
    const layer = this.#layer(KIB);
    const images = Array.from({ length: count }, (_, i) => ({
      ...this.#image(`different/r${Math.floor(i / TAGS_PER_REPOSITORY)}`, [layer], new Date(i * 1000)),
      tags: [`t${i % TAGS_PER_REPOSITORY}`],
    }));
    return { images, format: 'skopeo-dir' };
  }

  /** Images that have nothing in common, with a layer of so many bytes. */
  makeUnrelated(count: number, layerBytes: number): ImageSet {
    const images = Array.from({ length: count }, (_, i) =>
      this.#image(`bench/unrelated-${i}`, [this.#layer(layerBytes)]),
    );
    return { images, format: 'oci-layout' };
  }

  /** An image of so many bytes in all, with layers that tools can look into: tar archives, gzipped or not. */
  async makeLayered(repository: string, bytes: number, packing: 'tar' | 'tar+gzip'): Promise<StoredImage> {
    const layers: StoredLayer[] = [];
    for (const share of LAYER_SHARES) {
      const path = this.#newPath();
      const written = await writeLayer(path, Math.floor(bytes * share), packing);
      layers.push({ ...written, path, mediaType: packing === 'tar' ? OCI_LAYER : `${OCI_LAYER}+gzip` });
    }
    return this.#image(repository, layers);
  }

  #image(repository: string, layers: readonly StoredLayer[], created?: Date): StoredImage {
    const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
    const config = this.#json({ architecture: 'amd64', os: 'linux', created, rootfs }, OCI_CONFIG);
    const manifest = this.#json(
      { schemaVersion: 2, mediaType: OCI_MANIFEST, config: describe(config), layers: layers.map(describe) },
      OCI_MANIFEST,
    );
    return { repository, tags: ['latest'], manifest, blobs: [config, ...layers] };
  }

  #json(content: object, mediaType: string): StoredBytes {
    const bytes = Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    const path = join(this.#folder, hex);
    writeFileSync(path, bytes);
    return { path, digest: `sha256:${hex}`, size: bytes.length, mediaType };
  }

  /** Bytes that are no archive, which nobody who only serves them can tell. */
  #layer(size: number): StoredLayer {
    const path = this.#newPath();
    const hash = createHash('sha256');
    const fd = openSync(path, 'w');
    for (const chunk of noise(size)) {
      hash.update(chunk);
      writeSync(fd, chunk);
    }
    closeSync(fd);
    const digest = `sha256:${hash.digest('hex')}`;
    return { path, digest, diffId: digest, size, mediaType: `${OCI_LAYER}+gzip` };
  }

  #newPath(): string {
    return join(this.#folder, `layer-${this.#files++}`);
  }
}

export const describe = ({ mediaType, digest, size }: StoredBytes): object => ({ mediaType, digest, size });
export const hexOf = ({ digest }: StoredBytes): string => digest.slice('sha256:'.length);
export const manifestPath = ({ repository }: StoredImage, tag: string): string => `/v2/${repository}/manifests/${tag}`;
export const blobPath = ({ repository }: StoredImage, { digest }: StoredBytes): string =>
  `/v2/${repository}/blobs/${digest}`;
