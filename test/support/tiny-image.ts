import { gzipSync } from 'node:zlib';
import { digestOf, type Algorithm, type Digest } from '../../api/oci/digest.ts';
import * as types from '../../api/oci/media-types.ts';

/** Some bytes with their digest. */
export interface Piece {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** An image small enough to be written thousands of times, right in every digest. */
export interface TinyImage {
  readonly manifest: Piece;
  readonly config: Piece;
  readonly layers: readonly Piece[];
}

export interface TinyIndex {
  readonly manifest: Piece;
  readonly children: readonly TinyImage[];
}

export function piece(content: string | Buffer | object, mediaType: string, algorithm: Algorithm = 'sha256'): Piece {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return { bytes, digest: digestOf(bytes, algorithm), mediaType };
}

export const descriptorOf = ({
  mediaType,
  digest,
  bytes,
}: Piece): { mediaType: string; digest: Digest; size: number } => ({
  mediaType,
  digest,
  size: bytes.length,
});

interface ImageOptions {
  /** What tells it from others. */
  readonly seed?: string;
  readonly architecture?: string;
  readonly docker?: boolean;
  readonly layers?: readonly Buffer[];
  readonly algorithm?: Algorithm;
  /** More members of the manifest; undefined leaves one out. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A layer that is no tar: the registry never looks inside. */
export const layerOf = (seed: string, bytes = 100): Buffer => Buffer.alloc(bytes, `layer of ${seed} `);

export function tinyImage({
  seed = 'tiny',
  architecture = 'amd64',
  docker = false,
  layers = [layerOf(seed)],
  algorithm = 'sha256',
  more = {},
}: ImageOptions = {}): TinyImage {
  const layerPieces = layers.map((layer) =>
    piece(gzipSync(layer), docker ? types.DOCKER_LAYER_GZIP : `${types.OCI_LAYER}+gzip`, algorithm),
  );
  const config = piece(
    {
      created: '2026-11-01T12:00:00Z',
      architecture,
      os: 'linux',
      config: { Labels: { seed } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) },
    },
    docker ? types.DOCKER_CONFIG : types.OCI_CONFIG,
    algorithm,
  );
  const mediaType = docker ? types.DOCKER_MANIFEST : types.OCI_MANIFEST;
  const manifest = piece(
    { schemaVersion: 2, mediaType, config: descriptorOf(config), layers: layerPieces.map(descriptorOf), ...more },
    mediaType,
    algorithm,
  );
  return { manifest, config, layers: layerPieces };
}

export function tinyIndex(children: readonly TinyImage[], docker = false): TinyIndex {
  const mediaType = docker ? types.DOCKER_LIST : types.OCI_INDEX;
  const manifests = children.map(({ manifest, config }) => {
    const { os, architecture } = JSON.parse(config.bytes.toString()) as { os: string; architecture: string };
    return { ...descriptorOf(manifest), platform: { os, architecture } };
  });
  return { manifest: piece({ schemaVersion: 2, mediaType, manifests }, mediaType), children };
}

export const piecesOf = (image: TinyImage | TinyIndex): readonly Piece[] =>
  'children' in image
    ? [...image.children.flatMap(piecesOf), image.manifest]
    : [...image.layers, image.config, image.manifest];

/** What of it is a blob, and no manifest. */
export const blobsOf = (image: TinyImage | TinyIndex): readonly Piece[] =>
  'children' in image ? image.children.flatMap(blobsOf) : [...image.layers, image.config];

export const manifestsOf = (image: TinyImage | TinyIndex): readonly Piece[] =>
  'children' in image ? [image.manifest, ...image.children.flatMap(manifestsOf)] : [image.manifest];
