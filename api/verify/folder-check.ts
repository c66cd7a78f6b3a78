import pLimit from 'p-limit';
import { InvalidArchive } from '../archive/invalid-archive.ts';
import { Archives } from '../folder/archives.ts';
import type { FolderOptions } from '../folder/folder.ts';
import type { ImageDir } from '../folder/image-dir.ts';
import { ImageDirs } from '../folder/image-dirs.ts';
import type { ImagePart } from '../folder/image-part.ts';
import { namesOf } from '../folder/listing.ts';
import { ManifestReader } from '../folder/manifest-reader.ts';
import { NotServed, OtherContent } from '../folder/not-served.ts';
import { isCached } from '../folder/own-annotations.ts';
import { Tree } from '../folder/tree.ts';
import { Unpacker } from '../folder/unpacker.ts';
import { walk, type FoundArchive, type FoundDir } from '../folder/walk.ts';
import type { LoadProgress } from '../progress.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { findingOf, otherContent, withoutPath, type BadFiles, type BadPlace, type Finding } from './bad-files.ts';
import type { FreshHasher } from './fresh-hasher.ts';
import { checkImage } from './image-check.ts';
import { LayoutIndex } from '../store/layout-index.ts';

/** Directories and archives looked at side by side. */
const CONCURRENCY = 8;
/** Each manifest is read for one image, or soon again for the next. */
const CACHED_BYTES = 16 * 1024 * 1024;
/** How often a directory that changes all the while is looked at. */
const MAX_TRIES = 5;

/** Whether an image is meant; of a repository without a tag, whether one of its images may be. */
export type VerifyFilter = (image: { readonly repository: string; readonly tag?: string }) => boolean;

/** What checking a folder works with. */
export interface FolderCheckOptions {
  readonly folder: FolderOptions;
  /** All images without it. */
  readonly matches?: VerifyFilter;
  readonly hasher: FreshHasher;
  readonly bad: BadFiles;
  readonly progress: LoadProgress;
  /** Why nothing in the folder can be moved aside, if nothing can. */
  readonly immovable?: string;
}

/** An image by what it is called; a digest in place of a tag stands for what has none. */
interface Named {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  /** Whether the pull-through keeps it; of a tag the layout tells. */
  readonly isCached?: boolean;
}

/** Checks the images of one folder, in whatever format they are. */
export class FolderCheck {
  readonly #options: FolderCheckOptions;
  readonly #prefix: string;
  readonly #tree: Tree;
  readonly #dirs: ImageDirs;
  readonly #archives: Archives;
  #images = 0;

  constructor(options: FolderCheckOptions) {
    const { root, prefix = '', unpacked, unpackLimits } = options.folder;
    this.#options = options;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#tree = new Tree(root);
    const reader = new ManifestReader(CACHED_BYTES);
    const { hasher } = options;
    this.#dirs = new ImageDirs(this.#tree, reader, hasher);
    this.#archives = new Archives(this.#tree, { reader, hasher }, new Unpacker(unpacked, unpackLimits));
  }

  /** Gives how many images there were. */
  async run(): Promise<number> {
    const inTurn = pLimit(CONCURRENCY);
    const checks: Promise<void>[] = [];
    for (const found of walk(this.#tree)) {
      if ('dir' in found) checks.push(inTurn(() => this.#checkDir(found.dir)));
      if ('archive' in found) checks.push(inTurn(() => this.#checkArchive(found.archive)));
    }
    await Promise.all(checks);
    return this.#images;
  }

  /** Beside who writes there: what is missing because its directory has changed meanwhile is looked for anew. */
  async #checkDir(found: FoundDir): Promise<void> {
    const { path, isLayout, repository, tagged } = found;
    const whole = isLayout ? repository : undefined;
    if (whole !== undefined ? !this.#mayMatch(whole) : !tagged || !this.#isMeant(tagged)) return;
    for (let tries = 1; ; tries++) {
      const dir = await this.#open(found);
      if (dir === undefined) return;
      const names = [...namesOf(found, dir), ...(await this.#untagged(found, dir))].filter((name) =>
        this.#isMeant(name),
      );
      const checked = await this.#check(dir, names);
      const isFinal = checked.every(({ bad }) => bad.length === 0) || tries === MAX_TRIES;
      if (!isFinal && (await this.#dirs.open(path).catch(() => undefined)) !== dir) continue;
      for (const { name, bad } of checked) this.#tell(this.#nameOf(name), bad);
      return;
    }
  }

  async #checkArchive({ path, prefix }: FoundArchive): Promise<void> {
    const inside = 'it lies in an archive';
    try {
      const { parts } = await this.#archives.open(path);
      for (const [name, part] of parts) await this.#checkPart(path, prefix + name, part, inside);
    } catch (err) {
      // One that is packed in a way we do not read, or cannot be unpacked, need not be damaged.
      const isDamaged = err instanceof NotServed && err.cause instanceof InvalidArchive;
      const found = isDamaged ? invalid(err, path) : findingOf(err, path);
      if (found && this.#options.matches === undefined) this.#add({ path, expected: undefined, found });
    }
  }

  async #checkPart(path: string, repository: string, part: ImagePart, immovable: string): Promise<void> {
    if (!this.#mayMatch(repository)) return;
    try {
      const dir = await part.open();
      const names = [...dir.tags].map(([tag, { digest }]) => ({ repository, tag, digest }));
      const meant = names.filter((name) => this.#isMeant(name));
      for (const { name, bad } of await this.#check(dir, meant)) this.#tell(this.#nameOf(name), bad, immovable);
    } catch (err) {
      this.#tell(this.#prefix + repository, [placeOf(err, path)], immovable);
    }
  }

  async #open(found: FoundDir): Promise<ImageDir | undefined> {
    const { path, isLayout, repository, tagged } = found;
    try {
      return await this.#dirs.open(path);
    } catch (err) {
      const name = isLayout ? repository : tagged && `${tagged.repository}:${tagged.tag}`;
      this.#tell(this.#prefix + (name ?? path), [placeOf(err, path)]);
      return undefined;
    }
  }

  /** What is had from a layout by its digest alone. */
  async #untagged({ path, isLayout, repository }: FoundDir, dir: ImageDir): Promise<Named[]> {
    if (!isLayout || repository === undefined) return [];
    const index = await LayoutIndex.read(this.#tree.absolute(path)).catch(() => undefined);
    return (index?.entries ?? [])
      .filter(({ tag, descriptor }) => tag === undefined && descriptor.digest !== dir.root?.digest)
      .map(({ descriptor }) => {
        const { digest } = descriptor;
        return { repository, tag: digest, digest, isCached: isCached(descriptor) };
      });
  }

  async #check(dir: ImageDir, names: readonly Named[]): Promise<{ name: Named; bad: readonly BadPlace[] }[]> {
    const byDigest = new Map<Digest, Promise<readonly BadPlace[]>>();
    const { hasher } = this.#options;
    for (const [digest, images] of Map.groupBy(names, (name) => name.digest)) {
      const mayLackBlobs = images.every((name) => name.isCached ?? isCachedTag(dir, name));
      byDigest.set(digest, checkImage(dir, digest, { hasher, mayLackBlobs }));
    }
    return Promise.all(names.map(async (name) => ({ name, bad: (await byDigest.get(name.digest)) ?? [] })));
  }

  #tell(name: string, bad: readonly BadPlace[], immovable?: string): void {
    this.#images += 1;
    for (const place of bad) this.#add(place, name, immovable);
    this.#options.progress.finished(`${bad.length === 0 ? 'good' : 'bad '}  ${name}`);
  }

  #add(place: BadPlace, image?: string, immovable = this.#options.immovable): void {
    this.#options.bad.add({ ...place, path: this.#tree.absolute(place.path) }, image, immovable);
  }

  #isMeant({ repository, tag }: Pick<Named, 'repository' | 'tag'>): boolean {
    return this.#options.matches?.({ repository: this.#prefix + repository, tag }) ?? true;
  }

  #mayMatch(repository: string): boolean {
    return this.#options.matches?.({ repository: this.#prefix + repository }) ?? true;
  }

  #nameOf({ repository, tag, digest }: Named): string {
    return `${this.#prefix}${repository}${tag === digest ? '@' : ':'}${tag}`;
  }
}

function isCachedTag(dir: ImageDir, { tag }: Named): boolean {
  const descriptor = dir.tags.get(tag as Tag);
  return descriptor !== undefined && isCached(descriptor);
}

/** Why an image cannot be opened. Throws what is an error of ours. */
function placeOf(err: unknown, path: string): BadPlace {
  if (err instanceof OtherContent) return otherContent(err);
  return { path, expected: undefined, found: findingOf(err, path) ?? invalid(err as Error, path) };
}

const invalid = (err: Error, path: string): Finding => ({ is: 'invalid', reason: withoutPath(err, path) });
