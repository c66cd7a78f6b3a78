import { formatPlatform, type Platform } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import type { Contents, FoundManifest } from './contents.ts';
import { blobPath, type NamedManifest } from './layout.ts';

/** An entry of the `manifest.json` of `docker save`: paths in the archive, and names. They are full ones, as podman and skopeo
 *  write them: docker shortens them itself, but podman puts `localhost/` before a short one. What else docker writes is for
 *  Windows (`LayerSources`) and for engines before 1.10 (`repositories`).
 *  https://github.com/moby/moby/blob/v25.0.0/image/tarexport/tarexport.go */
export interface SavedImage {
  readonly Config: string;
  readonly RepoTags: string[];
  readonly Layers: readonly string[];
}

/** An image, and the platform that its index says it is for. */
interface Candidate {
  readonly found: FoundManifest;
  readonly platform: Platform | undefined;
}

/** Not the machine's own: the archive is the same wherever it is made. */
const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };
/** What an architecture without a variant means.
 *  https://github.com/containerd/platforms/blob/v1.0.0/database.go */
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' };

/** What `docker load` of an engine without containerd's image store finds: for each name one image, of an index the one for
 *  `platform`, else for linux/amd64, else the first. Artifacts are nothing to it; an image with a layer that is not here cannot be
 *  loaded and is told of in `notes`. Throws when an index has images but none for `platform`. */
export function dockerManifest(
  contents: Contents,
  roots: readonly NamedManifest[],
  platform: Platform | undefined,
): { images: SavedImage[]; notes: string[] } {
  const images = new Map<Digest, SavedImage>();
  const notes: string[] = [];
  for (const { name, descriptor } of roots) {
    const candidates = imagesBelow(contents, descriptor.digest);
    const whole = candidates.filter(({ found }) => missingLayer(contents, found.document) === undefined);
    const chosen = choose(name, whole, platform);
    if (chosen) {
      const image = images.get(chosen.found.descriptor.digest) ?? savedImage(chosen.found.document);
      if (!name.includes('@')) image.RepoTags.push(name);
      images.set(chosen.found.descriptor.digest, image);
    } else if (candidates[0]) {
      const layer = missingLayer(contents, candidates[0].found.document);
      notes.push(`${name}: docker load will leave it out, its layer ${layer} is not here`);
    }
  }
  return { images: [...images.values()], notes };
}

function choose(name: string, candidates: readonly Candidate[], platform: Platform | undefined): Candidate | undefined {
  const [first] = candidates;
  // An image that is no index's child is what it is.
  if (first === undefined || (candidates.length === 1 && first.platform === undefined)) return first;
  const chosen = forPlatform(candidates, platform ?? DEFAULT_PLATFORM);
  if (chosen || platform === undefined) return chosen ?? first;
  const all = candidates.map((candidate) => (candidate.platform ? formatPlatform(candidate.platform) : 'one unnamed'));
  throw new Error(`${name}: no image for ${formatPlatform(platform)} is here, only for ${all.join(', ')}`);
}

function forPlatform(candidates: readonly Candidate[], wanted: Platform): Candidate | undefined {
  const same = candidates.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const exact = same.find(({ platform }) => platform && variantOf(platform) === variantOf(wanted));
  return exact ?? (wanted.variant === undefined ? same[0] : undefined);
}

const variantOf = ({ architecture, variant }: Platform): string | undefined =>
  variant ?? DEFAULT_VARIANTS[architecture];

/** The images that a manifest is or leads to, in the order of the indexes; each once. */
function imagesBelow(contents: Contents, root: Digest): Candidate[] {
  const seen = new Set<Digest>();
  const visit = (digest: Digest, platform?: Platform): Candidate[] => {
    const found = contents.manifests.get(digest);
    if (found === undefined || seen.has(digest)) return [];
    seen.add(digest);
    const below = found.document.manifests.flatMap((child) => visit(child.digest, child.platform));
    return isImage(found.document) ? [{ found, platform }, ...below] : below;
  };
  return visit(root);
}

/** Signatures and attestations have an image's config, but layers of their own. */
const isImage = ({ kind, layers }: ManifestDocument): boolean =>
  kind === 'image' && layers.every(({ mediaType }) => isFilesystem(mediaType));

const isFilesystem = (mediaType: string): boolean =>
  /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType) &&
  !mediaType.endsWith('+encrypted');

const missingLayer = ({ blobs }: Contents, { layers }: ManifestDocument): Digest | undefined =>
  layers.find(({ digest }) => !blobs.has(digest))?.digest;

function savedImage({ config, layers }: ManifestDocument): SavedImage {
  if (config === undefined) throw new Error('an image without a config');
  return { Config: blobPath(config.digest), RepoTags: [], Layers: layers.map(({ digest }) => blobPath(digest)) };
}
