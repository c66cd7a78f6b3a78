import { digestOfHex, splitDigest, isDigest, type Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { NotServed } from './not-served.ts';
import type { Tree } from './tree.ts';

const CHILD = '.manifest.json';

/** A `skopeo copy … dir:` tree: `manifest.json`, blobs named by their hex, and with `--all` the children of the index as
 *  `<hex>.manifest.json`. https://github.com/containers/image/blob/v5.36.0/directory/directory_transport.go */
export class SkopeoDir implements ImageDir {
  readonly format = 'skopeo-dir';
  readonly path: string;
  readonly tags = new Map<never, never>();
  readonly root: Descriptor;
  readonly problems: readonly string[] = [];
  readonly #tree: Tree;
  readonly #reader: ManifestReader;

  private constructor(tree: Tree, reader: ManifestReader, path: string, root: Descriptor) {
    this.path = path;
    this.root = root;
    this.#tree = tree;
    this.#reader = reader;
  }

  static async open(tree: Tree, reader: ManifestReader, path: string): Promise<SkopeoDir> {
    const manifest = await reader.read(tree, `${path}/manifest.json`);
    if (manifest === undefined) throw new NotServed(`${path}: no manifest.json`);
    return new SkopeoDir(tree, reader, path, manifest.descriptor);
  }

  async manifest(digest: Digest): Promise<ReadManifest | undefined> {
    if (digest === this.root.digest) return this.#reader.read(this.#tree, `${this.path}/manifest.json`, digest);
    for (const name of fileNames(digest)) {
      const child = await this.#reader.read(this.#tree, `${this.path}/${name}${CHILD}`, digest);
      if (child !== undefined) return child;
    }
    return undefined;
  }

  async manifests(): Promise<readonly Descriptor[]> {
    const { files } = this.#tree.list(this.path);
    const children = files
      .filter((name) => name.endsWith(CHILD))
      .map((name) => digestOfName(name.slice(0, -CHILD.length)));
    const read = await Promise.all(
      children.filter((digest) => digest !== undefined).map((digest) => this.manifest(digest)),
    );
    return [this.root, ...read.filter((manifest) => manifest !== undefined).map(({ descriptor }) => descriptor)];
  }

  file(digest: Digest): BlobFile | undefined {
    for (const name of fileNames(digest)) {
      const path = `${this.path}/${name}`;
      const file = this.#tree.statFile(path);
      if (file !== undefined) return { ...file, path, files: this.#tree };
    }
    return undefined;
  }

  /** Manifests have file names of their own here. */
  isManifest(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** sha256 by its bare hex, others with the algorithm in front; older writers left that out. */
function fileNames(digest: Digest): string[] {
  const { algorithm, encoded } = splitDigest(digest);
  return algorithm === 'sha256' ? [encoded] : [`${algorithm}-${encoded}`, encoded];
}

function digestOfName(name: string): Digest | undefined {
  const digest = name.replace('-', ':');
  return isDigest(digest) ? digest : digestOfHex(name);
}
