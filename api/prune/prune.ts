import { formatRepository, type Repository } from '../oci/repository.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { Pool } from '../store/pool.ts';
import { keyOf } from '../store/layout-index.ts';
import { readCandidates, type Candidate, type Usage } from './prune-candidates.ts';
import { planEviction, type PooledSize } from './prune-eviction.ts';
import {
  removable,
  select,
  selects,
  type ImageFilter,
  type PruneCriteria,
  type PruneReason,
} from './prune-selection.ts';
import type { Removed } from './removal.ts';
import { Remover } from './remover.ts';
import type { Store } from '../store/store.ts';
import { sweep, type SweptFile } from './sweep.ts';
import { Unlinker } from '../store/unlinker.ts';

/** How long a client may take for a pull, and a load leave untouched what it works with, in milliseconds. */
const SAFE_AGE_MS = 60 * 60 * 1000;
/** What is loaded while others go is looked at again so many times. */
const MAX_ROUNDS = 3;

/** What pruning works with. */
export interface PruneOptions {
  /** Only tells what would go. */
  readonly dryRun: boolean;
  readonly usage: Usage;
  /** Images that stay, with all that they hold. */
  readonly isPinned?: ImageFilter;
  /** Other folders whose compressed archives are unpacked into this one. */
  readonly mounts?: readonly string[];
  /** In milliseconds since 1970. */
  readonly now?: number;
  /** Of files that nothing needs, and of tags that are another's now; an hour. */
  readonly safeAgeMs?: number;
}

/** An image that went. */
export interface PrunedImage {
  readonly repository: string;
  /** None when it was had by its digest alone. */
  readonly tag: Tag | undefined;
  readonly digest: Digest;
  /** In bytes, whatever of it others hold too. */
  readonly size: number;
  /** Of all the criteria that held. */
  readonly reasons: readonly PruneReason[];
  readonly fetched: Date | undefined;
  readonly lastUsed: Date | undefined;
}

/** What went, or would. */
export interface PruneReport {
  readonly images: readonly PrunedImage[];
  /** In the order in which they went. */
  readonly files: readonly SweptFile[];
  /** What is on disk no more. */
  readonly freedBytes: number;
  /** What the pool holds now. */
  readonly heldBytes: number;
  /** Why something stayed that might have gone. */
  readonly problems: readonly string[];
}

/** Removes images of ours by criteria, one layout after the other beside whoever pulls and loads. First go those that are selected
 *  by pattern, age and number; then what nothing needs, if that is asked for; then, while the pool holds more than it may, what
 *  nothing needs and after it the images that are unused the longest. */
export async function prune(store: Store, criteria: PruneCriteria, options: PruneOptions): Promise<PruneReport> {
  const pruning = new Pruning(store, criteria, options);
  await pruning.run();
  return pruning.report();
}

class Pruning {
  readonly #store: Store;
  readonly #criteria: PruneCriteria;
  readonly #options: PruneOptions;
  readonly #now: number;
  readonly #safeBefore: number;
  readonly #unlinker: Unlinker;
  readonly #remover: Remover;
  readonly #images: PrunedImage[] = [];
  readonly #files: SweptFile[] = [];
  readonly #problems = new Set<string>();
  #swept = false;
  #heldBytes = 0;

  constructor(store: Store, criteria: PruneCriteria, options: PruneOptions) {
    this.#store = store;
    this.#criteria = criteria;
    this.#options = options;
    this.#now = options.now ?? Date.now();
    this.#safeBefore = this.#now - (options.safeAgeMs ?? SAFE_AGE_MS);
    this.#unlinker = new Unlinker(options);
    this.#remover = new Remover(store, this.#unlinker);
  }

  async run(): Promise<void> {
    await this.#remover.recover();
    if (selects(this.#criteria)) {
      const candidates = this.#removable(await this.#candidates());
      await this.#remove(select(candidates, this.#criteria, this.#now));
    }
    if (this.#criteria.unreferenced) await this.#sweep();
    await this.#fit(this.#criteria.maxBytes);
  }

  report(): PruneReport {
    return {
      images: this.#images,
      files: this.#files,
      freedBytes: this.#unlinker.freedBytes,
      heldBytes: this.#heldBytes,
      problems: [...this.#problems],
    };
  }

  /** Removes until the pool holds no more than that, what nothing needs before what somebody might. */
  async #fit(maxBytes = Infinity): Promise<void> {
    for (let round = 0; ; round++) {
      const pool = await this.#pool();
      this.#heldBytes = [...pool.values()].reduce((sum, { size }) => sum + size, 0);
      if (this.#heldBytes <= maxBytes || round > MAX_ROUNDS) return;
      if (!this.#swept) {
        await this.#sweep();
        continue;
      }
      const candidates = await this.#candidates();
      const { images } = await planEviction(candidates, this.#removable(candidates), pool, {
        maxBytes,
        replacedBefore: this.#safeBefore,
      });
      if (images.length === 0) return;
      await this.#remove(new Map(images.map((image) => [image, ['max-bytes'] as const])));
    }
  }

  async #candidates(): Promise<Candidate[]> {
    const problems: string[] = [];
    const candidates = await readCandidates(this.#store, this.#remover, this.#options.usage, problems);
    this.#tell(problems);
    return candidates;
  }

  #removable(candidates: readonly Candidate[]): Candidate[] {
    return removable(candidates, this.#criteria, this.#options.isPinned ?? (() => false));
  }

  async #remove(selected: ReadonlyMap<Candidate, readonly PruneReason[]>): Promise<void> {
    const byRepository = Map.groupBy(selected.keys(), ({ repository }) => repository);
    for (const images of byRepository.values()) {
      const byKey = new Map(images.map((image) => [image.key, image]));
      const { repo } = images[0]!;
      try {
        const { removed, problems } = await this.#remover.remove(repo, (entry) => byKey.has(keyOf(entry)));
        this.#tell(problems);
        for (const each of removed) {
          const image = byKey.get(each.key);
          this.#add(repo, each, (image && selected.get(image)) ?? ['referrer'], image);
        }
      } catch (err) {
        this.#tell([(err as Error).message]);
      }
    }
  }

  async #sweep(): Promise<void> {
    this.#swept = true;
    const { usage, mounts = [] } = this.#options;
    const { images, files, problems } = await sweep({
      store: this.#store,
      unlinker: this.#unlinker,
      remover: this.#remover,
      usage,
      before: this.#safeBefore,
      workBefore: this.#now - SAFE_AGE_MS,
      archives: [this.#store.root, ...mounts],
    });
    for (const image of images) this.#add(image.repo, image, [image.isReferrer ? 'referrer' : 'replaced']);
    this.#files.push(...files);
    this.#tell(problems);
  }

  #add(repo: Repository, removed: Removed, reasons: readonly PruneReason[], image?: Candidate): void {
    const { tag, digest, size, fetched } = removed;
    const used = image?.lastUsed ?? this.#options.usage.lastUsed(repo, digest);
    const lastUsed = used === undefined ? undefined : new Date(used);
    this.#images.push({ repository: formatRepository(repo), tag, digest, size, reasons, fetched, lastUsed });
  }

  #tell(problems: readonly string[]): void {
    for (const problem of problems) this.#problems.add(problem);
  }

  async #pool(): Promise<ReadonlyMap<Digest, PooledSize>> {
    const sizes = new Map<Digest, PooledSize>();
    for await (const { digest, size, links } of new Pool(this.#store.pool, this.#unlinker).blobs()) {
      sizes.set(digest, { size, links });
    }
    return sizes;
  }
}
