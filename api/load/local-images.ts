import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { sniffArchive, unsupportedCompression } from '../archive/compression.ts';
import { indexTar } from '../archive/tar-index.ts';
import { InvalidArchive } from '../archive/invalid-archive.ts';
import type { UnpackLimits } from '../archive/decompress.ts';
import { ArchiveFiles } from '../folder/archive-files.ts';
import type { Files } from '../folder/files.ts';
import type { ImageDir } from '../folder/image-dir.ts';
import { openParts } from '../folder/image-parts.ts';
import { ManifestReader } from '../folder/manifest-reader.ts';
import { NotServed } from '../folder/not-served.ts';
import type { Hasher } from '../folder/saved-files.ts';
import { SkopeoDir } from '../folder/skopeo-dir.ts';
import { Tree } from '../folder/tree.ts';
import { Unpacker } from '../folder/unpacker.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { Tag } from '../oci/reference.ts';
import { DirSource } from './dir-source.ts';
import type { ImageSource } from './image-source.ts';

/** An image in a file or a folder. */
export interface LocalImage {
  /** The name that is written inside; undefined when there is none. */
  readonly repository: string | undefined;
  readonly tag: Tag | undefined;
  /** Whether it is named by its digest, and not to have a tag. */
  readonly byDigest: boolean;
  readonly descriptor: Descriptor;
  readonly source: ImageSource;
}

/** What opening takes. */
export interface LocalReaders {
  readonly hasher: Hasher;
  /** For what will be gone, as an unpacked copy, so that remembering it is of no use; default: the same. */
  readonly passingHasher?: Hasher;
  /** Where a compressed archive is unpacked to. */
  readonly unpacked: string;
  /** What may come out of one. */
  readonly unpackLimits?: Partial<UnpackLimits>;
  /** Ends unpacking. */
  readonly signal?: AbortSignal;
}

/** Stands for the name of what has none. */
const UNNAMED = 'unnamed';
/** Bytes that tell what a file is. */
const HEAD_BYTES = 512;
/** Each is written on its own, and its repository's `index.json` with it. */
const MAX_IMAGES = 10_000;
const MAX_TOLD = 5;

/** Opens the images in a folder (an OCI layout, a skopeo dir, what `docker save` wrote) or in an archive of them, packed or not.
 *  Undefined for a file that is something else, as a list of images. Throws NotServed or InvalidArchive. */
export async function openLocalImages(path: string, readers: LocalReaders): Promise<readonly LocalImage[] | undefined> {
  const { tree, name } = await treeOf(path);
  const reader = new ManifestReader();
  if (tree.hasDirectory(name)) {
    const isSkopeo = tree.statFile(`${name}/oci-layout`) === undefined && (await isManifest(tree, name));
    if (isSkopeo) return imagesOf(undefined, await SkopeoDir.open(tree, reader, name));
    return imagesInside(tree, name, reader, readers.hasher);
  }
  const archive = await openArchive(tree, name, readers);
  return archive && imagesInside(archive.files, name, reader, archive.hasher);
}

/** The tree that a path is in, and what it is called there. Links in a folder may not lead out of it. */
async function treeOf(path: string): Promise<{ tree: Tree; name: string }> {
  const real = await realpath(path);
  const isFolder = (await stat(real)).isDirectory();
  return { tree: new Tree(dirname(real), isFolder ? real : undefined), name: basename(real) };
}

/** An object is a manifest, as skopeo writes it; a list is docker's. */
async function isManifest(tree: Tree, name: string): Promise<boolean> {
  if (tree.statFile(`${name}/manifest.json`) === undefined) return false;
  const { bytes } = await tree.read(`${name}/manifest.json`, MAX_MANIFEST_BYTES);
  return !/^\s*\[/.test(bytes.toString('latin1', 0, 64));
}

async function openArchive(
  tree: Tree,
  name: string,
  { hasher, passingHasher = hasher, unpacked, unpackLimits, signal }: LocalReaders,
): Promise<{ files: Files; hasher: Hasher } | undefined> {
  const file = await tree.open(name);
  try {
    const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const kind = sniffArchive(head);
    const other = unsupportedCompression(head);
    if (other) throw new InvalidArchive(`${name}: ${other} is not supported, gzip and zstd are: unpack it first`);
    if (kind === undefined) return undefined;
    const tar =
      kind === 'tar'
        ? { files: tree, path: name, identity: file.identity }
        : await new Unpacker(unpacked, unpackLimits, signal).unpack(file, name, kind);
    const open = await tar.files.open(tar.path);
    try {
      const files = new ArchiveFiles(tar, name, (await indexTar(open, name)).entries);
      return { files, hasher: kind === 'tar' ? hasher : passingHasher };
    } finally {
      await open.handle.close();
    }
  } finally {
    await file.handle.close();
  }
}

async function imagesInside(
  files: Files,
  name: string,
  reader: ManifestReader,
  hasher: Hasher,
): Promise<readonly LocalImage[]> {
  const { parts, problems } = await openParts(files, name, UNNAMED, { reader, hasher });
  // Here a name that nobody can ask for is not passed over: its image would be missing.
  refuse(name, problems);
  let images: readonly LocalImage[] = [];
  for (const [repository, part] of parts) {
    images = images.concat(imagesOf(part.isNamed ? repository : undefined, await part.open(), part.byDigest));
    if (images.length > MAX_IMAGES) throw new NotServed(`${name}: more than ${MAX_IMAGES} images in one source`);
  }
  return images;
}

/** Told are the first few. */
function refuse(name: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > MAX_TOLD ? '; there is more' : '';
  throw new NotServed(`${name}: ${problems.slice(0, MAX_TOLD).join('; ')}${more}`);
}

function imagesOf(
  repository: string | undefined,
  dir: ImageDir,
  untagged: readonly Descriptor[] = [],
): readonly LocalImage[] {
  refuse(dir.path, dir.problems);
  const source = new DirSource(dir);
  const image = { repository, tag: undefined, source };
  const tagged = [...dir.tags].map(([tag, descriptor]) => ({ ...image, tag, descriptor, byDigest: false }));
  const byDigest = untagged.map((descriptor) => ({ ...image, descriptor, byDigest: true }));
  if (dir.root && tagged.length + byDigest.length === 0) return [{ ...image, descriptor: dir.root, byDigest: false }];
  return [...tagged, ...byDigest];
}
