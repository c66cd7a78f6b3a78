import { childPlatforms, configPlatform, type Descriptor } from '../api/oci/descriptor.ts';
import { isUnknown } from '../api/oci/errors.ts';
import { parseManifest, type ManifestDocument } from '../api/oci/manifest.ts';
import { isDigestReference } from '../api/oci/reference.ts';
import { formatRepository } from '../api/oci/repository.ts';
import type { Lister, Manifest, Registry } from '../api/registry.ts';
import { readBlob } from './blob-bytes.ts';
import type { ImageReference } from './image-reference.ts';

/** Something an image is made of, and whether it is here. */
export type Part = Descriptor & { readonly present: boolean };

/** What `inspect --json` prints, every field always there. */
export interface Inspection {
  readonly repository: string;
  /** Null when a digest was asked for. */
  readonly tag: string | null;
  readonly digest: string;
  readonly mediaType: string;
  readonly kind: ManifestDocument['kind'];
  readonly artifactType: string | null;
  /** Of the manifest, in bytes. */
  readonly manifestSize: number;
  /** Of config and layers, in bytes. */
  readonly contentSize: number;
  readonly platforms: readonly string[];
  /** Where it lies on disk; null for what does not. */
  readonly path: string | null;
  readonly manifest: unknown;
  /** The image's configuration; null when it has none that is JSON. */
  readonly config: unknown;
  readonly layers: readonly Part[];
  /** The children of an index. */
  readonly manifests: readonly Part[];
  readonly referrers: readonly Descriptor[];
}

/** Far more than any tool writes, in bytes. */
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** Looks up all that an image's manifest names. */
export async function inspectManifest(
  registry: Registry & Lister,
  { repo, reference }: ImageReference,
  { descriptor, bytes }: Manifest,
  path: string | undefined,
): Promise<Inspection> {
  const document = parseManifest(bytes, descriptor.mediaType);
  const { config, layers, manifests, kind } = document;
  const part = async (of: Descriptor, found: Promise<unknown>): Promise<Part> => ({
    ...of,
    present: await isThere(found),
  });
  const configJson =
    config && kind === 'image' ? parseConfig(await readBlob(registry, repo, config.digest, MAX_CONFIG_BYTES)) : null;
  return {
    repository: formatRepository(repo),
    tag: isDigestReference(reference) ? null : reference,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    kind,
    artifactType: document.artifactType ?? null,
    manifestSize: descriptor.size,
    contentSize: [...(config ? [config] : []), ...layers].reduce((sum, { size }) => sum + size, 0),
    platforms: platformsOf(document, configJson),
    path: path ?? null,
    manifest: JSON.parse(bytes.toString('utf8')) as unknown,
    config: configJson,
    layers: await Promise.all(layers.map((layer) => part(layer, registry.statBlob(repo, layer.digest)))),
    manifests: await Promise.all(manifests.map((child) => part(child, registry.statManifest(repo, child.digest)))),
    referrers: (await registry.listReferrers(repo, descriptor.digest)).entries,
  };
}

async function isThere(found: Promise<unknown>): Promise<boolean> {
  try {
    await found;
    return true;
  } catch (err) {
    if (isUnknown(err)) return false;
    throw err;
  }
}

type Config = Readonly<Record<string, unknown>>;

function parseConfig(bytes: Buffer): Config | null {
  try {
    const json = JSON.parse(bytes.toString('utf8')) as unknown;
    return typeof json === 'object' && json !== null ? (json as Config) : null;
  } catch {
    return null;
  }
}

function platformsOf({ manifests }: ManifestDocument, config: Config | null): string[] {
  const platform = config && configPlatform(config);
  return platform ? [platform] : childPlatforms(manifests);
}
