import type { Descriptor, Platform } from '../oci/descriptor.ts';
import { formatImage, isDigestReference, type Tag } from '../oci/reference.ts';
import { formatRepository, type Host, type Repository } from '../oci/repository.ts';
import type { Registry } from '../registry.ts';
import { formatTarget, type ImageLoader, type Loaded, type LoadTarget } from './image-loader.ts';
import type { ImageSource } from './image-source.ts';
import type { LocalImage } from './local-images.ts';
import { RegistrySource } from './registry-source.ts';
import type { StoredImages } from './stored-images.ts';
import { nameHere, type Naming } from './target-name.ts';
import type { WantedImage } from './wanted-image.ts';

/** One image to be brought in. */
export interface Job {
  /** What it is called here, with where it was asked for if that is a file's line. */
  readonly name: string;
  /** Throws what stands in the way. */
  readonly run: () => Promise<Loaded>;
}

export interface LoadOptions {
  readonly loader: ImageLoader;
  readonly stored: StoredImages;
  /** Where the images of a host are fetched from. */
  readonly registryOf: (host: Host) => Promise<Registry>;
  readonly naming: Naming;
  /** Only these of an index; empty for all. */
  readonly platforms: readonly Platform[];
  /** Whether tags that are here already are looked up again. */
  readonly refresh: boolean;
}

const LATEST = 'latest' as Tag;

/** Plans how images are brought in: what they are called here, and whether they are here already. */
export class Load {
  readonly #options: LoadOptions;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** For images of a file or folder; `origin` is what it was called. Throws when two would have one name. */
  fromFile(images: readonly LocalImage[], origin: string): Job[] {
    const { naming, platforms, loader } = this.#options;
    if (images.length === 0) throw new Error(`${origin}: no image in it has a tag`);
    if (naming.as?.tag !== undefined && images.length > 1) {
      throw new Error(
        `${origin}: it holds ${images.length} images, and --as with a tag names one: give it without the tag`,
      );
    }
    const targets = new Map<string, Descriptor>();
    return images.map(({ repository, tag, byDigest, descriptor, source }) => {
      const repo = inside(origin, () => nameHere(repository, naming));
      const named = naming.as?.tag ?? tag ?? (byDigest ? undefined : LATEST);
      const target = { repo, ...(named !== undefined && { tag: named }), source: origin };
      const name = formatTarget(target, descriptor.digest);
      const other = targets.get(name);
      if (other && other.digest !== descriptor.digest) throw new Error(`${origin}: two images would be ${name}`);
      targets.set(name, descriptor);
      return { name, run: () => loader.load(source, descriptor, target, platforms) };
    });
  }

  /** For images of other registries. */
  fromRegistries(images: readonly WantedImage[]): Job[] {
    const { naming } = this.#options;
    if (naming.as !== undefined && images.length > 1) {
      throw new Error(`--as gives one image a name, and ${images.length} are asked for`);
    }
    return images.map((image) => {
      const { repo, reference, at } = image;
      const own = isDigestReference(reference) ? undefined : reference;
      const tag = naming.as?.tag ?? own;
      const target = {
        repo: inside(at, () => nameHere(formatRepository(repo), naming)),
        ...(tag !== undefined && { tag }),
        source: formatImage(image),
      };
      return { name: `${at === '' ? '' : `${at}: `}${target.source}`, run: () => this.#fetch(image, target) };
    });
  }

  /** What each wanted repository is called here, for who removes tags that are not wanted. */
  repositoryHere(repo: Repository): Repository {
    return nameHere(formatRepository(repo), this.#options.naming);
  }

  async #fetch(image: WantedImage, target: LoadTarget): Promise<Loaded> {
    const { loader, stored, registryOf, refresh } = this.#options;
    const platforms = image.platforms.length > 0 ? image.platforms : this.#options.platforms;
    const { reference } = image;
    const mayMove = refresh && !isDigestReference(reference);
    const here = await stored.find(target, isDigestReference(reference) ? reference : undefined);
    if (here && !mayMove) {
      const unchanged = await this.#unchanged(here.source, here.root, target, platforms);
      if (unchanged) return unchanged;
    }
    const repo = { name: image.repo.name };
    const registry = await registryOf(image.repo.host);
    const root = here && !mayMove ? here.root : await registry.statManifest(repo, reference);
    if (here && mayMove && root.digest === here.root.digest) {
      const unchanged = await this.#unchanged(here.source, here.root, target, platforms);
      if (unchanged) return unchanged;
    }
    return loader.load(new RegistrySource(registry, repo), root, target, platforms);
  }

  /** What to tell of an image that is here with all that was asked for; undefined when something is missing. */
  async #unchanged(
    source: ImageSource,
    root: Descriptor,
    target: LoadTarget,
    platforms: readonly Platform[],
  ): Promise<Loaded | undefined> {
    const plan = await this.#options.loader.plan(source, root, target, platforms).catch(() => undefined);
    return plan?.isComplete ? plan.loaded : undefined;
  }
}

/** Names in an error where the image was asked for. */
function inside<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new Error(where === '' ? (cause as Error).message : `${where}: ${(cause as Error).message}`, { cause });
  }
}
