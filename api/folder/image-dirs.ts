import { LRUCache } from 'lru-cache';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { FileIdentity } from './file-identity.ts';
import { DockerSave } from './docker-save.ts';
import type { ImageDir } from './image-dir.ts';
import { parseJsonList } from './json-file.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { OciLayout } from './oci-layout.ts';
import type { Hasher } from './saved-files.ts';
import { SkopeoDir } from './skopeo-dir.ts';
import type { Tree } from './tree.ts';
import { join } from './join-path.ts';

/** Opened directories kept, by a rough weight: a layout weighs its `index.json`. */
const MAX_CACHED_WEIGHT = 24 * 1024 * 1024;

interface Opened {
  readonly key: FileIdentity;
  readonly dir: ImageDir;
}

/** Recognises what format a directory has and opens it; one that did not change since is not read again. */
export class ImageDirs {
  readonly #tree: Tree;
  readonly #reader: ManifestReader;
  readonly #hasher: Hasher;
  readonly #opened: LRUCache<string, Opened>;
  readonly #opening = new Map<string, Promise<ImageDir>>();

  constructor(tree: Tree, reader: ManifestReader, hasher: Hasher, maxCachedWeight = MAX_CACHED_WEIGHT) {
    this.#tree = tree;
    this.#reader = reader;
    this.#hasher = hasher;
    this.#opened = new LRUCache({
      maxSize: maxCachedWeight,
      sizeCalculation: ({ dir }) => 8 * 1024 + dir.tags.size * 512,
    });
  }

  /** The image or images in a directory; undefined when it is none of the formats.
   *  Throws NotServed when it is one but cannot be served. */
  async open(path: string): Promise<ImageDir | undefined> {
    const opened = this.#opened.get(path);
    const layout = this.#layoutKey(path, opened);
    const key = layout ?? this.#tree.statFile(join(path, 'manifest.json'))?.identity;
    if (key === undefined) return undefined;
    if (opened?.key === key && isCurrent(opened.dir)) return opened.dir;
    // Askers that come while it is opened, which for a docker-save folder means hashed, wait for the same.
    const job = `${path}\0${key}`;
    let opening = this.#opening.get(job);
    if (opening === undefined) {
      opening = this.#read(path, layout !== undefined, key).finally(() => this.#opening.delete(job));
      this.#opening.set(job, opening);
    }
    return opening;
  }

  /** What tells whether a layout has changed; undefined when it is none. One that was opened is known to be one. */
  #layoutKey(path: string, opened: Opened | undefined): FileIdentity | undefined {
    const index = this.#tree.statFile(join(path, 'index.json'))?.identity;
    if (index === undefined || index === opened?.key) return index;
    return this.#tree.statFile(join(path, 'oci-layout')) && index;
  }

  async #read(path: string, isLayout: boolean, key: FileIdentity): Promise<ImageDir> {
    const dir = await (isLayout ? OciLayout.open(this.#tree, this.#reader, path) : this.#readManifestJson(path));
    this.#opened.set(path, { key, dir });
    return dir;
  }

  /** An object is a manifest, as skopeo writes it; a list is docker's list of images. */
  async #readManifestJson(path: string): Promise<ImageDir> {
    const file = join(path, 'manifest.json');
    const { bytes } = await this.#tree.read(file, MAX_MANIFEST_BYTES);
    if (!/^\s*\[/.test(bytes.toString('latin1', 0, 64))) return SkopeoDir.open(this.#tree, this.#reader, path);
    return DockerSave.openFolder(this.#tree, this.#hasher, path, parseJsonList(file, bytes));
  }
}

const isCurrent = (dir: ImageDir): boolean => !(dir instanceof DockerSave) || dir.unchanged();
