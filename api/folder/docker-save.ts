import { posix } from 'node:path';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { Files } from './files.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import { NotServed } from './not-served.ts';
import { SavedFiles, type Hasher } from './saved-files.ts';
import { makeImage, parseSavedImages, type MadeImage, type SavedImage } from './saved-image.ts';

/** A saved image, and the tags it is to have. */
export interface TaggedImage {
  readonly saved: SavedImage;
  readonly tags: readonly Tag[];
}

/** What `docker save` or `crane pull` wrote: an unpacked tarball, or the images of one repository in an archive. */
export class DockerSave implements ImageDir {
  readonly format = 'docker-save';
  readonly path: string;
  readonly tags: ReadonlyMap<Tag, Descriptor>;
  readonly root: Descriptor | undefined;
  readonly problems: readonly string[] = [];
  readonly #files: Files;
  readonly #manifests: ReadonlyMap<Digest, ReadManifest>;
  readonly #blobs: ReadonlyMap<Digest, BlobFile>;

  private constructor(files: Files, path: string, images: readonly (MadeImage & { tags: readonly Tag[] })[]) {
    this.path = path;
    this.#files = files;
    this.tags = new Map(images.flatMap(({ manifest, tags }) => tags.map((tag) => [tag, manifest.descriptor])));
    this.root = this.tags.size === 0 ? images[0]?.manifest.descriptor : undefined;
    this.#manifests = new Map(images.map(({ manifest }) => [manifest.descriptor.digest, manifest]));
    this.#blobs = new Map(images.flatMap(({ blobs }) => [...blobs]));
  }

  /** `make` hashes what an image is made of. Throws NotServed. */
  static async open(
    files: Files,
    path: string,
    images: readonly TaggedImage[],
    make: (saved: SavedImage) => Promise<MadeImage>,
  ): Promise<DockerSave> {
    const made = [];
    for (const { saved, tags } of images) made.push({ ...(await make(saved)), tags });
    return new DockerSave(files, path, made);
  }

  /** The folder of one tag; of several images in it that with the folder's name counts. */
  static openFolder(files: Files, hasher: Hasher, path: string, entries: readonly unknown[]): Promise<DockerSave> {
    const make = (saved: SavedImage): Promise<MadeImage> => makeImage(new SavedFiles(files, hasher), path, saved);
    return DockerSave.open(files, path, [{ saved: pick(path, entries), tags: [] }], make);
  }

  /** Whether every file that a manifest was made of is still the same. */
  unchanged(): boolean {
    return [...this.#blobs.values()].every(({ path, identity }) => this.#files.statFile(path)?.identity === identity);
  }

  manifest(digest: Digest): Promise<ReadManifest | undefined> {
    return Promise.resolve(this.#manifests.get(digest));
  }

  manifests(): Promise<readonly Descriptor[]> {
    return Promise.resolve([...this.#manifests.values()].map(({ descriptor }) => descriptor));
  }

  file(digest: Digest): BlobFile | undefined {
    return this.#blobs.get(digest);
  }

  isManifest(digest: Digest): Promise<boolean> {
    return Promise.resolve(this.#manifests.has(digest));
  }
}

/** The one image of the folder, or the one whose tag is the folder's name. */
function pick(path: string, entries: readonly unknown[]): SavedImage {
  const file = `${path}/manifest.json`;
  const images = parseSavedImages(file, entries);
  const tag = posix.basename(path);
  const isNamed = ({ names }: SavedImage): boolean => names.some((name) => name.endsWith(`:${tag}`));
  const [first, ...others] = images.length === 1 ? images : images.filter(isNamed);
  if (first === undefined || others.length > 0) {
    throw new NotServed(`${file}: ${images.length} images, of which not one alone has the tag ${tag}`);
  }
  return first;
}
