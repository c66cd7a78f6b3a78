import { Readable } from 'node:stream';
import type { Platform } from '../oci/descriptor.ts';
import { byCodePoint } from '../oci/reference.ts';
import type { Lister, Registry } from '../registry.ts';
import { Contents, type FoundBlob, type FoundManifest } from './contents.ts';
import { dockerManifest } from './docker-manifest.ts';
import { fullName, type ImageToExport } from './full-name.ts';
import { blobPath, layoutIndex, OCI_LAYOUT, type NamedManifest } from './layout.ts';
import { tarOf, tarSize, type TarFile } from './tar.ts';

/** An archive that is planned: everything was found, nothing but manifests was read. */
export interface OciArchive {
  /** How many names it has for images. */
  readonly images: number;
  /** In bytes. */
  readonly size: number;
  /** What who gets the archive may miss. */
  readonly notes: readonly string[];
  /** The archive itself, read from the registry while it is asked for. A chunk may be gone once the next one is asked for.
   *  Throws, naming the blob, when one turns out to be another. */
  bytes(): AsyncGenerator<Buffer, undefined, undefined>;
}

export interface OciArchiveOptions {
  /** Which image of an index Docker without containerd's image store loads; linux/amd64 unless said. */
  readonly platform?: Platform | undefined;
}

/** An OCI image layout in a tar, with the `manifest.json` of `docker save` beside it: for docker, containerd, podman, skopeo, crane.
 *  Holds the images with all that refers to them, each blob once; an index as it is here, its absent children absent. The same
 *  content gives the same bytes, whatever the order of `images`. Throws RegistryError for what is not here.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export async function planOciArchive(
  registry: Registry & Lister,
  images: readonly ImageToExport[],
  { platform }: OciArchiveOptions = {},
): Promise<OciArchive> {
  const contents = new Contents(registry);
  const roots = await addImages(registry, images, contents);
  const docker = dockerManifest(contents, roots, platform);
  const files = [
    // What says what it is comes first, so that the archive can be read as a stream.
    jsonFile('oci-layout', OCI_LAYOUT),
    jsonFile('index.json', layoutIndex(roots, contents.referrers)),
    // Of an archive without it docker says that it cannot read it; of an empty one it says nothing.
    ...(docker.images.length > 0 ? [jsonFile('manifest.json', docker.images)] : []),
    ...byName([...contents.manifests.values()].map((found) => manifestFile(registry, found))),
    ...byName([...contents.blobs.values()].map((found) => blobFile(registry, found))),
  ];
  return { images: roots.length, size: tarSize(files), notes: docker.notes, bytes: () => tarOf(files) };
}

/** `alpine` and `docker.io/library/alpine` are one name, under which an archive can have only one image. */
async function addImages(
  registry: Registry,
  images: readonly ImageToExport[],
  contents: Contents,
): Promise<readonly NamedManifest[]> {
  const roots = new Map<string, NamedManifest>();
  for (const image of images) {
    const name = fullName(image);
    const manifest = await registry.getManifest(image.repo, image.reference);
    const { descriptor } = manifest;
    const before = roots.get(name)?.descriptor.digest;
    if (before !== undefined && before !== descriptor.digest) {
      throw new Error(`${name}: two images go by this name, ${before} and ${descriptor.digest}`);
    }
    roots.set(name, { name, descriptor });
    await contents.add(image.repo, manifest);
  }
  return [...roots.values()].sort((a, b) => byCodePoint(a.name, b.name));
}

const byName = (files: readonly TarFile[]): TarFile[] => [...files].sort((a, b) => byCodePoint(a.name, b.name));

function jsonFile(name: string, json: object): TarFile {
  const bytes = Buffer.from(JSON.stringify(json));
  return { name, size: bytes.length, open: () => Readable.from([bytes]) };
}

/** Read again when its turn comes: there may be more of them than should be held in memory. */
function manifestFile(registry: Registry, { repo, descriptor: { digest, size } }: FoundManifest): TarFile {
  return {
    name: blobPath(digest),
    size,
    async *open() {
      yield (await registry.getManifest(repo, digest)).bytes;
    },
  };
}

function blobFile(registry: Registry, { repo, digest, size }: FoundBlob): TarFile {
  return {
    name: blobPath(digest),
    size,
    async *open() {
      const { body } = await registry.openBlob(repo, digest);
      try {
        yield* body;
      } catch (cause) {
        throw new Error(`blob ${digest}: ${(cause as Error).message}`, { cause });
      } finally {
        await body.return();
      }
    },
  };
}
