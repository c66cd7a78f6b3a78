import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { ManifestDocument } from '../oci/manifest.ts';
import type { Manifest } from '../registry.ts';
import type { Files, FileStat } from './files.ts';

/** Where a blob's bytes lie: a file of a folder, or of an archive. */
export interface BlobFile extends FileStat {
  readonly path: string;
  readonly files: Files;
}

/** A manifest with what it says. */
export interface ReadManifest extends Manifest {
  readonly document: ManifestDocument;
}

/** Images in one of the formats: a directory's, or those of one repository in an archive. Made anew when the files that it was
 *  read from change. */
export interface ImageDir {
  readonly format: 'oci-layout' | 'skopeo-dir' | 'docker-save';
  readonly path: string;
  /** The tags written inside: those of an OCI layout, or of an archive. */
  readonly tags: ReadonlyMap<Tag, Descriptor>;
  /** The one image that the directory is, which makes it `<parent>:<last component>`. */
  readonly root: Descriptor | undefined;
  /** What in it is not served, and why. */
  readonly problems: readonly string[];
  /** A manifest that is here, hashed; undefined when it is not. Throws NotServed when its file is not what its name says. */
  manifest(digest: Digest): Promise<ReadManifest | undefined>;
  /** Every manifest that is reachable from the roots and here. */
  manifests(): Promise<readonly Descriptor[]>;
  /** The file that has this digest's name, whatever is in it; undefined when there is none. */
  file(digest: Digest): BlobFile | undefined;
  /** Whether a digest here is a manifest's: a manifest is not a blob. */
  isManifest(digest: Digest): Promise<boolean>;
}
