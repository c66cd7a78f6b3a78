import type { Descriptor } from '../oci/descriptor.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import type { FoundReferrer } from './contents.ts';

/** A manifest that clients find by a name. */
export interface NamedManifest {
  /** The full one. */
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** The content of `oci-layout`.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file */
export const OCI_LAYOUT = { imageLayoutVersion: '1.0.0' };

/** Where a blob lies in a layout. */
export function blobPath(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}

/** The content of `index.json`, in the order that is given: an entry for each name, one without for each referrer. */
export function layoutIndex(roots: readonly NamedManifest[], referrers: readonly FoundReferrer[]): object {
  return {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [...roots.map(rootEntry), ...referrers.map(referrerEntry)],
  };
}

/** containerd, docker over it and podman read containerd's annotation; skopeo, and podman before version 4, the other one. There
 *  too it is the full name, as podman writes it: bare tags of several repositories could not be told apart. */
function rootEntry({ name, descriptor: { mediaType, digest, size } }: NamedManifest): object {
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  return { mediaType, digest, size, annotations };
}

/** As containerd 2 writes it, whose annotation keeps it, and docker over it, from making an image without a name of a referrer. The
 *  referrer's own annotations stay in its manifest: a `ref.name` among them would be taken for a tag.
 *  https://github.com/containerd/containerd/blob/v2.4.2/core/images/annotations.go */
function referrerEntry({ descriptor: { mediaType, digest, size, artifactType }, subject }: FoundReferrer): object {
  const annotations = { 'io.containerd.manifest.subject': subject };
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), annotations };
}
