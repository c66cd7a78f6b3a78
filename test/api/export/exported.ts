import assert from 'node:assert/strict';
import { planOciArchive, type OciArchiveOptions } from '../../../api/export/oci-archive.ts';
import type { ImageToExport } from '../../../api/export/full-name.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { splitDigest, type Digest } from '../../../api/oci/digest.ts';
import type { Lister, Registry } from '../../../api/registry.ts';
import { readTar, type TarEntry } from '../../support/read-tar.ts';
import { ref, repo } from '../../support/repository.ts';
import { blobsOf, manifestsOf, type Piece, type TinyImage, type TinyIndex } from '../../support/tiny-image.ts';

/** `repository:tag` to image; without a tag only by digest. */
export function inMemory(images: Readonly<Record<string, TinyImage | TinyIndex>>): MemoryRegistry {
  const registry = new MemoryRegistry();
  for (const [reference, image] of Object.entries(images)) {
    const [name = '', tag] = reference.split(':');
    for (const { bytes } of blobsOf(image)) registry.putBlob(name, bytes);
    for (const { bytes, mediaType } of manifestsOf(image).toReversed())
      registry.putManifest(name, bytes, { mediaType });
    registry.putManifest(name, image.manifest.bytes, tag === undefined ? {} : { tag });
  }
  return registry;
}

/** As `name:tag`, `name@digest`; a host with a port is one. */
export function parse(text: string): ImageToExport {
  const [, name = '', reference = ''] = /^(.*?)(?:@|:(?=[^/]*$))(.*)$/.exec(text) ?? [];
  const host = /^[^/]+:\d+(?=\/)/.exec(name)?.[0];
  return { repo: host === undefined ? repo(name) : repo(name.slice(host.length + 1), host), reference: ref(reference) };
}

/** What an archive of these images is made of. */
export async function exported(
  registry: Registry & Lister,
  names: readonly string[],
  options?: OciArchiveOptions,
): Promise<{ bytes: Buffer; entries: readonly TarEntry[]; notes: readonly string[]; images: number }> {
  const archive = await planOciArchive(registry, names.map(parse), options);
  const chunks: Buffer[] = [];
  for await (const chunk of archive.bytes()) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, archive.size);
  return { bytes, entries: await readTar(bytes), notes: archive.notes, images: archive.images };
}

/** An entry of `index.json`. */
export interface IndexEntry {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}
type Saved = readonly { readonly Config: string; readonly RepoTags: string[]; readonly Layers: string[] }[];

export function jsonOf(entries: readonly TarEntry[], name: string): unknown {
  const entry = entries.find((each) => each.name === name);
  return entry && JSON.parse(entry.bytes.toString());
}

export const indexOf = (entries: readonly TarEntry[]): readonly IndexEntry[] =>
  (jsonOf(entries, 'index.json') as { manifests: IndexEntry[] }).manifests;
export const savedOf = (entries: readonly TarEntry[]): Saved => jsonOf(entries, 'manifest.json') as Saved;
export const blobNames = (entries: readonly TarEntry[]): string[] =>
  entries.map(({ name }) => name).filter((name) => name.startsWith('blobs/'));
export const pathOf = (digest: Digest): string => {
  const { algorithm, encoded } = splitDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
};
export const pathsOf = (pieces: readonly Piece[]): string[] =>
  [...new Set(pieces.map(({ digest }) => pathOf(digest)))].sort();

/** Has one image, by every name and host. */
export class Anything extends MemoryRegistry {
  readonly #image: TinyImage;

  constructor(image: TinyImage) {
    super();
    this.#image = image;
    for (const { bytes } of blobsOf(image)) this.putBlob('it', bytes);
    this.putManifest('it', image.manifest.bytes);
  }

  override getManifest(): ReturnType<MemoryRegistry['getManifest']> {
    return super.getManifest(repo('it'), this.#image.manifest.digest);
  }

  override statBlob(_: unknown, digest: Digest): ReturnType<MemoryRegistry['statBlob']> {
    return super.statBlob(repo('it'), digest);
  }

  override openBlob(_: unknown, digest: Digest): ReturnType<MemoryRegistry['openBlob']> {
    return super.openBlob(repo('it'), digest);
  }
}
