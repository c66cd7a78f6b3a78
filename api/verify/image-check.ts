import { posix } from 'node:path';
import type { ImageDir, ReadManifest } from '../folder/image-dir.ts';
import { OtherContent } from '../folder/not-served.ts';
import type { Hasher } from '../folder/saved-files.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { requiredBlobs, type ManifestDocument } from '../oci/manifest.ts';
import { findingOf, findWrong, otherContent, type BadPlace } from './bad-files.ts';
import { blobPath } from '../store/paths.ts';

export interface ImageCheckOptions {
  readonly hasher: Hasher;
  /** Whether it may lack blobs: of what the pull-through keeps only what was pulled is here. */
  readonly mayLackBlobs: boolean;
}

/** Checks all that one image consists of: its manifests and blobs, of an index the children that are here. Paths are those in the
 *  folder. */
export async function checkImage(dir: ImageDir, root: Digest, options: ImageCheckOptions): Promise<BadPlace[]> {
  const check = new ImageCheck(dir, options);
  await check.run(root);
  return check.bad;
}

class ImageCheck {
  readonly bad: BadPlace[] = [];
  readonly #dir: ImageDir;
  readonly #hasher: Hasher;
  readonly #mayLackBlobs: boolean;

  constructor(dir: ImageDir, { hasher, mayLackBlobs }: ImageCheckOptions) {
    this.#dir = dir;
    this.#hasher = hasher;
    this.#mayLackBlobs = mayLackBlobs;
  }

  async run(root: Digest): Promise<void> {
    const seen = new Set([root]);
    const checks: Promise<void>[] = [];
    for (const digest of seen) {
      const manifest = await this.#manifest(digest, digest === root);
      if (manifest === undefined) continue;
      for (const child of manifest.document.manifests) seen.add(child.digest);
      checks.push(this.#blobs(manifest.document));
    }
    await Promise.all(checks);
  }

  /** Undefined when it is not to be had. An index may name children that are not here. */
  async #manifest(digest: Digest, isRoot: boolean): Promise<ReadManifest | undefined> {
    const path = this.#pathOf(digest);
    try {
      if (!(await this.#hasRightContent(digest))) return undefined;
      const manifest = await this.#dir.manifest(digest);
      if (manifest === undefined && isRoot) this.bad.push({ path, expected: digest, found: { is: 'missing' } });
      return manifest;
    } catch (err) {
      // What has its digest and is no manifest that is served is not damaged.
      const found = err instanceof OtherContent ? undefined : findingOf(err, path);
      if (err instanceof OtherContent) this.bad.push(otherContent(err));
      else if (found) this.bad.push({ path, expected: digest, found });
      return undefined;
    }
  }

  /** Whether a manifest that lies among the blobs is the one it is called. */
  async #hasRightContent(digest: Digest): Promise<boolean> {
    const file = this.#dir.format === 'oci-layout' ? this.#dir.file(digest) : undefined;
    const found = file && (await findWrong(this.#hasher, file, digest));
    if (found) this.bad.push({ path: file.path, expected: digest, found, identity: file.identity });
    return found === undefined;
  }

  async #blobs(document: ManifestDocument): Promise<void> {
    const required = new Set(requiredBlobs(document));
    const blobs = [...(document.config ? [document.config] : []), ...document.layers];
    await Promise.all(blobs.map((blob) => this.#blob(blob, required.has(blob))));
  }

  async #blob(blob: Descriptor, isRequired: boolean): Promise<void> {
    const { digest, size } = blob;
    const file = this.#dir.file(digest);
    if (file) {
      const found = await findWrong(this.#hasher, file, digest, size);
      if (found) this.bad.push({ path: file.path, expected: digest, found, identity: file.identity });
    } else if (isRequired && !this.#mayLackBlobs) {
      this.bad.push({ path: this.#pathOf(digest), expected: digest, found: { is: 'missing' } });
    }
  }

  #pathOf(digest: Digest): string {
    const { format, path } = this.#dir;
    return format === 'oci-layout' ? blobPath(posix.join(path, 'blobs'), digest) : path;
  }
}
