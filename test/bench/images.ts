import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, openSync, writeSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../api/oci/media-types.ts';

/** Bytes in a file, from which every peer gets them by a hard link: there is one copy, on disk and in the page cache. */
export interface StoredBytes {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
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

const SMALL_BLOB_BYTES = 32 * 1024;
const LARGE_BLOB_BYTES = 512 * 1024 * 1024;
const MANY_IMAGES = 100_000;
const TAGS_PER_REPOSITORY = 100;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Makes images out of noise, which nothing on the way can compress. */
export class ImageStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** One small image and one whose layer is large. */
  makeFew(): ImageSet {
    const small = this.#image('bench/small', SMALL_BLOB_BYTES);
    const large = this.#image('bench/large', LARGE_BLOB_BYTES);
    return { images: [small, large], format: 'oci-layout' };
  }

  /** One small image under many names. */
  makeMany(): ImageSet {
    const image = this.#image('bench/many', 1024);
    const tags = Array.from({ length: TAGS_PER_REPOSITORY }, (_, i) => `t${i}`);
    const images = Array.from({ length: MANY_IMAGES / TAGS_PER_REPOSITORY }, (_, i) => ({
      ...image,
      repository: `many/r${i}`,
      tags,
    }));
    return { images, format: 'skopeo-dir' };
  }

  #image(repository: string, layerBytes: number): StoredImage {
    const layer = this.#noise(layerBytes, `${OCI_LAYER}+gzip`);
    const configuration = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.digest] } };
    const config = this.#json(configuration, OCI_CONFIG);
    const manifest = this.#json(
      { schemaVersion: 2, mediaType: OCI_MANIFEST, config: describe(config), layers: [describe(layer)] },
      OCI_MANIFEST,
    );
    return { repository, tags: ['latest'], manifest, blobs: [config, layer] };
  }

  #json(content: object, mediaType: string): StoredBytes {
    const bytes = Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    const path = join(this.#folder, hex);
    writeFileSync(path, bytes);
    return { path, digest: `sha256:${hex}`, size: bytes.length, mediaType };
  }

  #noise(size: number, mediaType: string): StoredBytes {
    const path = join(this.#folder, `noise-${size}`);
    const hash = createHash('sha256');
    const fd = openSync(path, 'w');
    for (let written = 0; written < size;) {
      const chunk = randomBytes(Math.min(CHUNK_BYTES, size - written));
      hash.update(chunk);
      written += writeSync(fd, chunk);
    }
    closeSync(fd);
    return { path, digest: `sha256:${hash.digest('hex')}`, size, mediaType };
  }
}

export const describe = ({ mediaType, digest, size }: StoredBytes): object => ({ mediaType, digest, size });
export const hexOf = ({ digest }: StoredBytes): string => digest.slice('sha256:'.length);
export const manifestPath = ({ repository }: StoredImage, tag: string): string => `/v2/${repository}/manifests/${tag}`;
export const blobPath = ({ repository }: StoredImage, { digest }: StoredBytes): string =>
  `/v2/${repository}/blobs/${digest}`;
