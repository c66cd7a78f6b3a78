import type { ReadManifest } from '../folder/image-dir.ts';
import type { Log } from '../log.ts';
import { formatImage, type Reference, type Tag } from '../oci/reference.ts';
import { formatRepository } from '../oci/repository.ts';
import type { KeptImages } from './kept-images.ts';
import type { UpstreamRepository } from './routes.ts';
import { UnkeptNotice } from './unkept-notice.ts';

/** Manifests that were answered and are still to be written: until they are, they are had from here. */
export class KeepQueue {
  readonly #kept: KeptImages;
  readonly #unkept: UnkeptNotice;
  readonly #coming = new Map<string, ReadManifest>();
  /** What is being written, by repository. */
  readonly #last = new Map<string, Promise<void>>();

  constructor({ kept, log }: { readonly kept: KeptImages; readonly log: Log }) {
    this.#kept = kept;
    this.#unkept = new UnkeptNotice(log);
  }

  get(repo: UpstreamRepository, reference: Reference): ReadManifest | undefined {
    return this.#coming.get(formatImage({ repo, reference }));
  }

  /** In the order of adding for each repository, so that of two that a tag led to the later one stays. */
  add(repo: UpstreamRepository, tag: Tag | undefined, manifest: ReadManifest): void {
    const references = [manifest.descriptor.digest, ...(tag === undefined ? [] : [tag])];
    const keys = references.map((reference) => formatImage({ repo, reference }));
    for (const key of keys) this.#coming.set(key, manifest);
    const name = formatRepository(repo);
    const keeping = (this.#last.get(name) ?? Promise.resolve()).then(async () => {
      await this.#keep(repo, tag, manifest);
      for (const key of keys) if (this.#coming.get(key) === manifest) this.#coming.delete(key);
      if (this.#last.get(name) === keeping) this.#last.delete(name);
    });
    this.#last.set(name, keeping);
  }

  /** Resolves when nothing is left to be written. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  async #keep(repo: UpstreamRepository, tag: Tag | undefined, manifest: ReadManifest): Promise<void> {
    try {
      await this.#kept.keepManifest(repo, tag, manifest);
      this.#unkept.reset();
    } catch (err) {
      this.#unkept.tell(formatImage({ repo, reference: tag ?? manifest.descriptor.digest }), err);
    }
  }
}
