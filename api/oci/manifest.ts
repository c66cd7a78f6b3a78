import { jsonExcess } from './json-limits.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import { isDigest } from './digest.ts';
import {
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  isIndexType,
  isManifestType,
  isNonDistributable,
  OCI_CONFIG,
  DOCKER_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';

/** Largest manifest we serve, in bytes: the least a registry should take, and the most that containerd, oras and skopeo read.
 *  https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What a manifest says, read for what a registry must know; the bytes stay what is served. */
export interface ManifestDocument {
  readonly mediaType: string;
  readonly kind: 'image' | 'index' | 'artifact';
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The children of an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Why bytes are no manifest that can be served. */
export class InvalidManifest extends Error {
  override readonly name = 'InvalidManifest';
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parses a manifest. `givenType` is what the parent descriptor says, used when the JSON has no `mediaType`.
 *  Throws {@link InvalidManifest}, naming what is wrong: schema 1, no JSON, a descriptor that is none, and a document that is
 *  both image and index, which clients would read differently (CVE-2021-41190). */
export function parseManifest(bytes: Buffer, givenType?: string): ManifestDocument {
  const json = parseJson(bytes);
  const mediaType = mediaTypeOf(json, givenType);
  if (json['schemaVersion'] !== 2) throw new InvalidManifest(`schemaVersion is ${show(json['schemaVersion'])}, not 2`);

  const isImage = json['layers'] !== undefined || json['config'] !== undefined;
  if (json['manifests'] !== undefined && isImage)
    throw new InvalidManifest('it has "manifests" as well as "layers" or "config"');
  if (isIndexType(mediaType) && isImage) throw new InvalidManifest(`it is an image, but its mediaType is ${mediaType}`);
  if (isManifestType(mediaType) && !isIndexType(mediaType) && json['config'] === undefined) {
    throw new InvalidManifest(`it has no "config", but its mediaType is ${mediaType}`);
  }
  if (isIndexType(mediaType) && json['manifests'] === undefined) throw new InvalidManifest('it has no "manifests"');

  const config = json['config'] === undefined ? undefined : parseDescriptor(json['config'], 'config');
  const subject =
    json['subject'] === undefined || json['subject'] === null ? undefined : parseDescriptor(json['subject'], 'subject');
  const artifactType =
    typeof json['artifactType'] === 'string' && json['artifactType'] !== '' ? json['artifactType'] : undefined;
  const annotations = parseAnnotations(json['annotations']);
  return {
    mediaType,
    kind: kindOf(mediaType, artifactType, config),
    ...(artifactType !== undefined && { artifactType }),
    ...(config && { config }),
    // The OCI artifact manifest, withdrawn but in the field, calls its layers blobs.
    layers: parseDescriptors(json['layers'] ?? json['blobs'], 'layers'),
    manifests: parseDescriptors(json['manifests'], 'manifests'),
    ...(subject && { subject }),
    ...(annotations && { annotations }),
  };
}

/** The blobs without which an image cannot be pulled. */
export function requiredBlobs({ config, layers }: ManifestDocument): readonly Descriptor[] {
  return [...(config ? [config] : []), ...layers.filter((layer) => !isNonDistributable(layer.mediaType))];
}

/** A manifest as the referrers API lists it.
 *  https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export function referrerDescriptor(descriptor: Descriptor, document: ManifestDocument): Descriptor {
  const { kind, config, annotations } = document;
  const artifactType = document.artifactType ?? (kind === 'index' ? undefined : config?.mediaType);
  return {
    mediaType: document.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
}

/** Parses the JSON of an index-like file (`index.json`, a manifest): an object. */
export function parseJson(bytes: Buffer): Json {
  const excess = jsonExcess(bytes);
  if (excess !== undefined) throw new InvalidManifest(excess);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new InvalidManifest(`not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(json)) throw new InvalidManifest('not a JSON object');
  return json;
}

/** A descriptor out of somebody's JSON, checked. `at` says where it stood. Throws {@link InvalidManifest}. */
export function parseDescriptor(json: unknown, at: string): Descriptor {
  if (!isObject(json)) throw new InvalidManifest(`${at} is not an object`);
  const { mediaType, digest, size, artifactType } = json;
  if (!isDigest(digest)) throw new InvalidManifest(`${at}.digest is no digest: ${show(digest)}`);
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw new InvalidManifest(`${at}.size is no size: ${show(size)}`);
  if (mediaType !== undefined && !isMediaType(mediaType))
    throw new InvalidManifest(`${at}.mediaType is none: ${show(mediaType)}`);
  const platform = parsePlatform(json['platform']);
  const annotations = parseAnnotations(json['annotations']);
  return {
    mediaType: mediaType ?? 'application/octet-stream',
    digest,
    size: size as number,
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(platform && { platform }),
    ...(annotations && { annotations }),
  };
}

function parseDescriptors(json: unknown, at: string): Descriptor[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw new InvalidManifest(`${at} is not a list`);
  return json.map((entry, i) => parseDescriptor(entry, `${at}[${i}]`));
}

/** The type a manifest is served with: what it says itself, else its parent, else its shape. */
function mediaTypeOf(json: Json, givenType: string | undefined): string {
  if (json['schemaVersion'] === 1 || json['fsLayers'] !== undefined)
    throw new InvalidManifest('Docker schema 1, which no client takes any more');
  const own = json['mediaType'];
  if (own !== undefined) {
    if (!isMediaType(own)) throw new InvalidManifest(`mediaType is none: ${show(own)}`);
    if (own.startsWith(DOCKER_SCHEMA1.replace('+json', '')))
      throw new InvalidManifest('Docker schema 1, which no client takes any more');
    return own;
  }
  if (givenType !== undefined && isManifestType(givenType)) return givenType;
  if (json['manifests'] !== undefined) return OCI_INDEX;
  if (json['config'] === undefined && json['layers'] === undefined)
    throw new InvalidManifest('neither an image nor an index');
  return isObject(json['config']) && json['config']['mediaType'] === DOCKER_CONFIG ? DOCKER_MANIFEST : OCI_MANIFEST;
}

function kindOf(
  mediaType: string,
  artifactType: string | undefined,
  config: Descriptor | undefined,
): ManifestDocument['kind'] {
  if (isIndexType(mediaType)) return 'index';
  if (artifactType !== undefined) return 'artifact';
  return config?.mediaType === OCI_CONFIG || config?.mediaType === DOCKER_CONFIG ? 'image' : 'artifact';
}

function parsePlatform(json: unknown): Platform | undefined {
  if (!isObject(json)) return undefined;
  const { os, architecture, variant } = json;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' && { variant }) };
}

function parseAnnotations(json: unknown): Record<string, string> | undefined {
  if (!isObject(json)) return undefined;
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** It becomes a header, so its form matters. RFC 6838, 4.2. */
const MEDIA_TYPE = /^[a-zA-Z0-9][\w!#$&^.+-]{0,126}\/[a-zA-Z0-9][\w!#$&^.+-]{0,126}$/;
const isMediaType = (value: unknown): value is string => typeof value === 'string' && MEDIA_TYPE.test(value);

const show = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value).slice(0, 100));
