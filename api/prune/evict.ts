import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDigest, type Digest } from '../oci/digest.ts';
import { ifMissing } from '../store/if-missing.ts';
import { keyOf, type Entry } from '../store/layout-index.ts';
import { inNoLayout } from '../store/layouts.ts';
import { Pool } from '../store/pool.ts';
import type { Store } from '../store/store.ts';
import { Unlinker } from '../store/unlinker.ts';
import { readLayouts, type Candidate, type LayoutImages, type Usage } from './prune-candidates.ts';
import { planEviction, type PooledSize } from './prune-eviction.ts';
import { removable, type ImageFilter } from './prune-selection.ts';
import { Remover } from './remover.ts';

/** How long a client may take for a pull, in milliseconds: what lost its tag so long ago goes before what is unused. */
const PULL_MS = 60 * 60 * 1000;
/** Blobs that no manifest names are of no use when nobody came for one since, in milliseconds. */
const LOOSE_MS = 15 * 60 * 1000;
/** Images that are removed under one lock, so that a pull into the same repository need not wait long. */
const REMOVED_IN_A_ROW = 500;

/** When there is too much in the pool, and when it is enough. In bytes. */
export interface Room {
  /** More than this is too much. */
  readonly maxBytes: number;
  /** If it was too much, no more than this is to be left. */
  readonly lowBytes: number;
  /** So much is to go in any case. */
  readonly missingBytes: number;
}

export interface EvictionOptions {
  readonly usage: Usage;
  /** Images that stay, with all that they hold. */
  readonly isPinned: ImageFilter;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Ends it between two images. */
  readonly signal: AbortSignal;
}

/** What was evicted. */
export interface Eviction {
  /** How many images. */
  readonly images: number;
  /** What is on disk no more. */
  readonly freedBytes: number;
  /** Whether it was too much, and nothing more can go although it is not enough. */
  readonly isExhausted: boolean;
  /** Why something stayed that might have gone. */
  readonly problems: readonly string[];
}

/** Removes what a pull-through kept until there is room again: blobs that no image needs, then the images that are unused the
 *  longest, beside whoever pulls, loads and prunes. What was loaded, made by hand or is pinned stays. Reads each layout once, and those
 *  again under their lock that something goes from. */
export async function evict(store: Store, room: Room, options: EvictionOptions): Promise<Eviction> {
  return new Evicting(store, options).run(room);
}

class Evicting {
  readonly #store: Store;
  readonly #options: EvictionOptions;
  readonly #unlinker = new Unlinker({ dryRun: false });
  readonly #remover: Remover;
  readonly #pool: Pool;
  /** What is in the pool, as far as we know. */
  readonly #pooled = new Map<Digest, PooledSize>();
  readonly #problems = new Set<string>();
  #images = 0;

  constructor(store: Store, options: EvictionOptions) {
    this.#store = store;
    this.#options = options;
    this.#remover = new Remover(store, this.#unlinker);
    this.#pool = new Pool(store.pool, this.#unlinker);
  }

  async run({ maxBytes, lowBytes, missingBytes }: Room): Promise<Eviction> {
    await this.#remover.recover();
    const loose = await this.#look();
    const held = this.#heldBytes();
    const target = Math.min(held > maxBytes ? lowBytes : Infinity, held - missingBytes);
    if (held <= target) return this.#report(false);
    const candidates = await this.#readImages(loose);
    await this.#release(loose);
    if (this.#heldBytes() <= target) return this.#report(false);
    const evictable = removable(candidates, {}, this.#options.isPinned).filter(({ isCached }) => isCached);
    const { images, leftBytes } = await planEviction(candidates, evictable, this.#pooled, {
      maxBytes: target,
      replacedBefore: this.#options.now - PULL_MS,
    });
    await this.#remove(images);
    return this.#report(leftBytes > target || this.#unlinker.freedBytes === 0);
  }

  #report(isExhausted: boolean): Eviction {
    const { freedBytes } = this.#unlinker;
    return { images: this.#images, freedBytes, isExhausted, problems: [...this.#problems] };
  }

  #heldBytes(): number {
    let bytes = 0;
    for (const { size } of this.#pooled.values()) bytes += size;
    return bytes;
  }

  /** Looks at every blob in the pool. Gives those that seem to have no other name, and that nobody has touched for long. */
  async #look(): Promise<Set<Digest>> {
    const loose = new Set<Digest>();
    for await (const { digest, size, links, changedMs } of this.#pool.blobs()) {
      this.#options.signal.throwIfAborted();
      this.#pooled.set(digest, { size, links });
      if (links === 1 && this.#isOld(changedMs)) loose.add(digest);
    }
    return loose;
  }

  /** Reads all images, and takes blobs out of layouts on the way that none of them needs: those are added to `loose`. */
  async #readImages(loose: Set<Digest>): Promise<Candidate[]> {
    const all: Candidate[] = [];
    const problems: string[] = [];
    for await (const layout of readLayouts(this.#store, this.#remover, this.#options.usage, problems)) {
      this.#options.signal.throwIfAborted();
      for (const candidate of layout.candidates) all.push(candidate);
      for (const digest of await this.#sweep(layout)) loose.add(digest);
    }
    this.#tell(problems);
    return all;
  }

  async #sweep(layout: LayoutImages): Promise<Digest[]> {
    if (!(await this.#hasStrays(layout))) return [];
    try {
      const before = this.#options.now - LOOSE_MS;
      const { strays, problems } = await this.#remover.remove(layout.repo, () => false, before);
      this.#tell(problems);
      return strays.map(({ path }) => `${basename(dirname(path))}:${basename(path)}`).filter(isDigest);
    } catch (err) {
      this.#tell([(err as Error).message]);
      return [];
    }
  }

  async #hasStrays({ path, digests }: LayoutImages): Promise<boolean> {
    for (const algorithm of ['sha256', 'sha512']) {
      const folder = join(path, 'blobs', algorithm);
      for (const name of (await readdir(folder).catch(ifMissing)) ?? []) {
        if (digests.has(`${algorithm}:${name}` as Digest)) continue;
        const file = await this.#unlinker.look(join(folder, name));
        if (file && this.#isOld(file.changedMs)) return true;
      }
    }
    return false;
  }

  /** Takes those blobs out of the pool that no layout has. */
  async #release(loose: ReadonlySet<Digest>): Promise<void> {
    for (const digest of await inNoLayout(this.#store, this.#unlinker, [...loose])) {
      this.#options.signal.throwIfAborted();
      await this.#pool.release(digest);
    }
    for (const digest of loose) {
      const file = await this.#pool.look(digest);
      if (file) this.#pooled.set(digest, { size: file.size, links: file.links });
      else this.#pooled.delete(digest);
    }
  }

  async #remove(images: readonly Candidate[]): Promise<void> {
    for (const ofOne of Map.groupBy(images, ({ repository }) => repository).values()) {
      for (let i = 0; i < ofOne.length; i += REMOVED_IN_A_ROW) {
        this.#options.signal.throwIfAborted();
        await this.#removeFromOne(ofOne.slice(i, i + REMOVED_IN_A_ROW));
      }
    }
  }

  async #removeFromOne(images: readonly Candidate[]): Promise<void> {
    const { repo } = images[0]!;
    const byKey = new Map(images.map((image) => [image.key, image]));
    const isMeant = (entry: Entry): boolean => {
      const image = byKey.get(keyOf(entry));
      return image !== undefined && !this.#isUsedSince(image);
    };
    try {
      const { removed, problems } = await this.#remover.remove(repo, isMeant);
      this.#images += removed.filter(({ isReferrer }) => !isReferrer).length;
      this.#tell(problems);
    } catch (err) {
      this.#tell([(err as Error).message]);
    }
  }

  /** Whether somebody came for an image after it was read: it is not the one that is unused the longest any more. */
  #isUsedSince({ repo, tag, digest, lastUsed = 0 }: Candidate): boolean {
    const { usage } = this.#options;
    const references = tag === undefined ? [digest] : [tag, digest];
    return references.some((reference) => (usage.lastUsed(repo, reference) ?? 0) > lastUsed);
  }

  #isOld(changedMs: number): boolean {
    return changedMs <= this.#options.now - LOOSE_MS;
  }

  #tell(problems: readonly string[]): void {
    for (const problem of problems) this.#problems.add(problem);
  }
}
