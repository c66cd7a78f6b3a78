import type { LimitFunction } from 'p-limit';
import type { ReadManifest } from '../folder/image-dir.ts';
import type { Log } from '../log.ts';
import type { Descriptor, Platform } from '../oci/descriptor.ts';
import { splitDigest, type Digest } from '../oci/digest.ts';
import { formatImage, type Tag } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { Store } from '../store/store.ts';
import type { Work } from '../store/work.ts';
import type { ImageSource } from './image-source.ts';
import type { LoadProgress } from '../progress.ts';
import { isOptional, select, type Selection } from './selection.ts';

/** What an image is to be called here. */
export interface LoadTarget {
  readonly repo: Repository;
  /** Without a tag it is had by its digest alone. */
  readonly tag?: Tag;
  /** Where it comes from, to be remembered. */
  readonly source: string;
}

/** What became of one image. */
export interface Loaded {
  /** `quay.io/coreos/flannel:v0.11.0`. */
  readonly name: string;
  readonly digest: Digest;
  /** Whether anything had to be done. */
  readonly changed: boolean;
  /** Bytes that were fetched or copied, or would be. */
  readonly movedBytes: number;
  /** Bytes that were here already. */
  readonly hereBytes: number;
}

/** What bringing in an image means. */
interface Plan {
  readonly selection: Selection;
  readonly loaded: Loaded;
  /** Bytes that are still to come. */
  readonly absentBytes: number;
  /** Nothing is left to be done, or to be looked for. */
  readonly isComplete: boolean;
}

export interface LoaderOptions {
  readonly store: Store;
  readonly work: Work;
  readonly progress: LoadProgress;
  /** Lets so many blobs be brought in side by side. */
  readonly inTurn: LimitFunction;
  /** Only tells what would be done. */
  readonly dryRun: boolean;
  readonly now: () => Date;
  readonly log: Log;
}

/** Brings images into the store, one repository's layout after another. */
export class ImageLoader {
  readonly #options: LoaderOptions;
  readonly #counted = new Set<Digest>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Brings in one image, or what of it is for some platforms. Throws naming the blob or manifest that is missing or wrong. */
  async load(
    source: ImageSource,
    root: Descriptor,
    target: LoadTarget,
    platforms: readonly Platform[],
  ): Promise<Loaded> {
    const { dryRun, progress, log } = this.#options;
    const { selection, loaded, absentBytes } = await this.plan(source, root, target, platforms);
    for (const { digest } of selection.missing)
      log.warn(`${loaded.name}: manifest ${digest} is not to be had, left out`);
    if (!loaded.changed || dryRun) return loaded;
    progress.expect(absentBytes);
    await this.#name(target, selection, await this.#bring(source, selection));
    return loaded;
  }

  /** What bringing in an image would mean. */
  async plan(source: ImageSource, root: Descriptor, target: LoadTarget, platforms: readonly Platform[]): Promise<Plan> {
    const { store } = this.#options;
    const selection = await select(source, root, platforms);
    const pieces = [...selection.blobs, ...all(selection).map(({ descriptor }) => descriptor)];
    const { digest } = root;
    const isHere = await store.hasImage(target.repo, target.tag, digest, pieces.filter(isRequired));
    const absent: Descriptor[] = [];
    const early: Descriptor[] = [];
    for (const piece of isHere ? [] : pieces) {
      if (!(await store.has(piece))) absent.push(piece);
      else if (this.#cameInEarly(piece)) early.push(piece);
    }
    const absentBytes = sum(absent);
    const movedBytes = absentBytes + sum(early);
    const loaded = {
      name: formatTarget(target, digest),
      digest,
      changed: !isHere,
      movedBytes,
      hereBytes: sum(pieces) - movedBytes,
    };
    return { selection, loaded, absentBytes, isComplete: isHere && selection.missing.length === 0 };
  }

  /** Whether a blob came in by this load before its image was known, to be hashed. It counts for the first image that has it. */
  #cameInEarly({ digest }: Descriptor): boolean {
    const isFirst = this.#options.work.wrote(digest) && !this.#counted.has(digest);
    this.#counted.add(digest);
    return isFirst;
  }

  /** Gives the blobs that are here then: all but layers that may be missing. */
  async #bring(source: ImageSource, selection: Selection): Promise<Digest[]> {
    const { inTurn, work } = this.#options;
    const blobs = await Promise.all(selection.blobs.map((blob) => inTurn(() => this.#bringBlob(source, blob))));
    const manifests = all(selection);
    for (const { descriptor, bytes } of manifests) await work.put(descriptor, () => Promise.resolve([bytes]));
    return [...blobs.filter((digest) => digest !== undefined), ...manifests.map(({ descriptor }) => descriptor.digest)];
  }

  async #bringBlob(source: ImageSource, blob: Descriptor): Promise<Digest | undefined> {
    const { progress, work } = this.#options;
    const { algorithm, encoded } = splitDigest(blob.digest);
    const shown = progress.start({ name: `${algorithm}:${encoded.slice(0, 12)}`, size: blob.size });
    try {
      await work.put(
        blob,
        async () => {
          const body = await source.open(blob);
          if (body === undefined) throw new MissingBlob(`blob ${blob.digest} is missing`);
          return body;
        },
        (bytes) => shown.advance(bytes),
      );
      return blob.digest;
    } catch (err) {
      if (err instanceof MissingBlob && isOptional(blob)) return undefined;
      throw err;
    } finally {
      shown.end();
    }
  }

  async #name(
    { repo, tag, source }: LoadTarget,
    { manifests, referrers }: Selection,
    blobs: readonly Digest[],
  ): Promise<void> {
    const { store, work, now } = this.#options;
    const fetched = now();
    const entry = ({ descriptor }: ReadManifest) => ({ descriptor, source, fetched });
    const root = { ...entry(manifests.at(-1)!), ...(tag !== undefined && { tag }) };
    await store.name(repo, work, { blobs, entries: [...referrers.map(entry), root] });
  }
}

class MissingBlob extends Error {}

const all = ({ manifests, referrers }: Selection): ReadManifest[] => [...manifests, ...referrers];
const isRequired = (piece: Descriptor): boolean => !isOptional(piece);
const sum = (pieces: readonly Descriptor[]): number => pieces.reduce((bytes, { size }) => bytes + size, 0);

export function formatTarget({ repo, tag }: Pick<LoadTarget, 'repo' | 'tag'>, digest: Digest): string {
  return formatImage({ repo, reference: tag ?? digest });
}
