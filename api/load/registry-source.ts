import type { ReadManifest } from '../folder/image-dir.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isUnknown } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Repository } from '../oci/repository.ts';
import type { Registry } from '../registry.ts';
import type { Incoming } from '../store/work.ts';
import type { ImageSource } from './image-source.ts';

/** Images of one repository of a registry. */
export class RegistrySource implements ImageSource {
  readonly #registry: Registry;
  readonly #repo: Repository;

  constructor(registry: Registry, repo: Repository) {
    this.#registry = registry;
    this.#repo = repo;
  }

  async manifest({ digest }: Descriptor): Promise<ReadManifest | undefined> {
    const manifest = await ifKnown(this.#registry.getManifest(this.#repo, digest));
    return manifest && { ...manifest, document: parseManifest(manifest.bytes, manifest.descriptor.mediaType) };
  }

  /** Not asked for: an image is wanted, as every tool fetches it. */
  referrers(): Promise<readonly Descriptor[]> {
    return Promise.resolve([]);
  }

  async open({ digest }: Descriptor): Promise<Incoming | undefined> {
    return (await ifKnown(this.#registry.openBlob(this.#repo, digest)))?.body;
  }
}

async function ifKnown<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (err) {
    if (isUnknown(err)) return undefined;
    throw err;
  }
}
