import type { ReadManifest } from '../folder/image-dir.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Incoming } from '../store/work.ts';

/** Where the manifests and blobs of an image come from. */
export interface ImageSource {
  /** A manifest by its descriptor; undefined when the source has not got it. */
  manifest(descriptor: Descriptor): Promise<ReadManifest | undefined>;
  /** The manifests that refer to this one: signatures, SBOMs. */
  referrers(subject: Descriptor): Promise<readonly Descriptor[]>;
  /** Opens a blob; undefined when the source has not got it. It is checked by who reads it. */
  open(blob: Descriptor): Promise<Incoming | undefined>;
}
