import type { ImageDir } from '../folder/image-dir.ts';
import type { ImageDirs } from '../folder/image-dirs.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import { openStoredLayout } from '../store/stored-layout.ts';
import { DirSource } from './dir-source.ts';
import type { LoadTarget } from './image-loader.ts';
import type { ImageSource } from './image-source.ts';

/** What is in the store already, to be read as a source. */
export class StoredImages {
  readonly #store: Store;
  readonly #dirs: ImageDirs;

  /** `dirs` are those of the store's folder. */
  constructor(store: Store, dirs: ImageDirs) {
    this.#store = store;
    this.#dirs = dirs;
  }

  /** The manifest that a target's tag leads to, or with a digest that one. */
  async find(
    { repo, tag }: Pick<LoadTarget, 'repo' | 'tag'>,
    digest: Digest | undefined,
  ): Promise<{ source: ImageSource; root: Descriptor } | undefined> {
    const layout = await openStoredLayout(this.#store, this.#dirs, repo);
    if (layout === undefined) return undefined;
    const source = new DirSource(layout);
    const root = digest === undefined ? tag && layout.tags.get(tag) : await describe(layout, digest);
    return root && { source, root };
  }
}

async function describe(layout: ImageDir, digest: Digest): Promise<Descriptor | undefined> {
  return (await layout.manifest(digest))?.descriptor;
}
