import { childPlatforms, configPlatform, type Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { byCodePoint } from '../oci/reference.ts';
import { requireBlobs } from './completeness.ts';
import type { ImageDir, ReadManifest } from './image-dir.ts';
import { ImageDirs } from './image-dirs.ts';
import type { KnownDigests } from './known-digests.ts';
import { ManifestReader } from './manifest-reader.ts';
import { NotServed } from './not-served.ts';
import { Tree } from './tree.ts';
import { Verifier } from './verifier.ts';
import { walk, type FoundDir, type Problem } from './walk.ts';

/** One name that can be pulled. */
export interface ListedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: 'image' | 'index' | 'artifact';
  /** `linux/amd64`, of an index those of its children. */
  readonly platforms: readonly string[];
  /** In bytes: manifests, configs and layers; of an index with the children that are here. */
  readonly size: number;
  /** When the image was built, as its config says. */
  readonly created?: string;
  /** The directory it lies in, relative to the folder. */
  readonly path: string;
}

export interface Listing {
  readonly images: readonly ListedImage[];
  readonly problems: readonly Problem[];
}

/** Directories looked at side by side. */
const CONCURRENCY = 16;
/** Each directory is looked at once, so little need be kept. */
const CACHED_BYTES = 1024 * 1024;
/** Children of an index that are counted; a stranger's may name any number, also each other. */
const MAX_CHILDREN = 1_000;

/** All images in a folder, by repository and tag, and all that is not served with the reason. */
export async function listImages(options: { root: string; prefix?: string; known: KnownDigests }): Promise<Listing> {
  const tree = new Tree(options.root);
  const verifier = new Verifier(options.known);
  const dirs = new ImageDirs(tree, new ManifestReader(CACHED_BYTES), verifier, CACHED_BYTES);
  const prefix = options.prefix ? `${options.prefix}/` : '';
  const images: ListedImage[] = [];
  const problems: Problem[] = [];

  const look = async (found: FoundDir): Promise<void> => {
    const { path } = found;
    try {
      const dir = await dirs.open(path);
      if (dir === undefined) return;
      problems.push(...dir.problems.map((reason) => ({ path, reason })));
      const names = namesOf(found, dir);
      if (names.length === 0) problems.push({ path, reason: 'nothing in it has a tag' });
      for (const { repository, tag, digest } of names) {
        const image = await describe(tree, verifier, dir, digest).catch((err: unknown) => {
          problems.push({ path, reason: dir.tags.size > 1 ? `${tag}: ${reasonOf(err, path)}` : reasonOf(err, path) });
        });
        if (image) images.push({ repository: prefix + repository, tag, ...image, path });
      }
    } catch (err) {
      problems.push({ path, reason: reasonOf(err, path) });
    }
  };

  let batch: Promise<void>[] = [];
  for (const found of walk(tree)) {
    if ('problem' in found) problems.push(found.problem);
    else batch.push(look(found.dir));
    if (batch.length >= CONCURRENCY) {
      await Promise.all(batch);
      batch = [];
    }
  }
  await Promise.all(batch);
  // A repository's layout counts before its tag directories, as when it is served; its path is the shorter one.
  images.sort(
    (a, b) => byCodePoint(a.repository, b.repository) || byCodePoint(a.tag, b.tag) || a.path.length - b.path.length,
  );
  problems.sort((a, b) => byCodePoint(a.path, b.path) || byCodePoint(a.reason, b.reason));
  return { images: images.filter((image, i) => !isSameName(image, images[i - 1])), problems };
}

const isSameName = (a: ListedImage, b: ListedImage | undefined): boolean =>
  a.repository === b?.repository && a.tag === b.tag;

function namesOf(
  { repository, tagged }: FoundDir,
  dir: ImageDir,
): { repository: string; tag: string; digest: Digest }[] {
  const inside =
    repository === undefined ? [] : [...dir.tags].map(([tag, { digest }]) => ({ repository, tag, digest }));
  return tagged && dir.root ? [{ ...tagged, digest: dir.root.digest }, ...inside] : inside;
}

/** What the folder's own messages say, without the path that stands beside it. */
function reasonOf(err: unknown, path: string): string {
  if (!(err instanceof NotServed)) throw err;
  return err.message.startsWith(`${path}: `) ? err.message.slice(path.length + 2) : err.message;
}

async function describe(
  tree: Tree,
  verifier: Verifier,
  dir: ImageDir,
  digest: Digest,
): Promise<Omit<ListedImage, 'repository' | 'tag' | 'path'>> {
  const manifest = await dir.manifest(digest);
  if (manifest === undefined) throw new NotServed(`${dir.path}: manifest ${digest} is missing`, { detail: { digest } });
  requireBlobs(dir, manifest.document, verifier);
  const { descriptor, document } = manifest;
  const images = document.kind === 'index' ? await children(dir, manifest) : [manifest];
  const blobs = new Map<Digest, number>(images.flatMap(({ document: { config, layers } }) => sizes(config, layers)));
  const config = document.kind === 'artifact' ? undefined : await readConfig(tree, dir, images[0]);
  return {
    digest,
    mediaType: descriptor.mediaType,
    kind: document.kind,
    platforms:
      document.kind === 'index'
        ? unique(childPlatforms(document.manifests))
        : config?.platform
          ? [config.platform]
          : [],
    size: manifestBytes(manifest, images) + [...blobs.values()].reduce((sum, size) => sum + size, 0),
    ...(config?.created !== undefined && { created: config.created }),
  };
}

async function children(dir: ImageDir, index: ReadManifest): Promise<ReadManifest[]> {
  const found = new Map<Digest, ReadManifest>();
  const queue = [...index.document.manifests];
  for (let child = queue.shift(); child && found.size < MAX_CHILDREN; child = queue.shift()) {
    const manifest = found.has(child.digest) ? undefined : await dir.manifest(child.digest);
    if (manifest === undefined) continue;
    found.set(child.digest, manifest);
    queue.push(...manifest.document.manifests);
  }
  return [...found.values()];
}

const sizes = (config: Descriptor | undefined, layers: readonly Descriptor[]): [Digest, number][] =>
  [...(config ? [config] : []), ...layers].map(({ digest, size }) => [digest, size]);

const manifestBytes = (manifest: ReadManifest, images: readonly ReadManifest[]): number =>
  [...new Set([manifest, ...images])].reduce((sum, { bytes }) => sum + bytes.length, 0);

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

async function readConfig(
  tree: Tree,
  dir: ImageDir,
  image: ReadManifest | undefined,
): Promise<{ platform?: string; created?: string } | undefined> {
  const file = image?.document.config && dir.file(image.document.config.digest);
  if (file === undefined || file.size > MAX_MANIFEST_BYTES) return undefined;
  const { bytes } = await file.files.read(file.path, MAX_MANIFEST_BYTES);
  try {
    const json = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    const platform = configPlatform(json);
    const at = typeof json['created'] === 'string' ? new Date(json['created']) : undefined;
    return {
      ...(platform !== undefined && { platform }),
      ...(at && !Number.isNaN(at.getTime()) && { created: at.toISOString() }),
    };
  } catch {
    return undefined;
  }
}
