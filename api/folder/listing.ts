import { childPlatforms, configPlatform, type Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { byCodePoint, type Tag } from '../oci/reference.ts';
import { isArchiveName } from './archive-path.ts';
import { requireBlobs } from './completeness.ts';
import type { FileIdentity } from './file-identity.ts';
import { openFolder, type Folder, type FolderOptions } from './folder.ts';
import type { BlobFile, ImageDir, ReadManifest } from './image-dir.ts';
import { isFullName } from './image-name.ts';
import { badName } from './image-part.ts';
import { jsonExcess } from '../oci/json-limits.ts';
import { NotServed, readFailure } from './not-served.ts';
import { isCached, SOURCE } from './own-annotations.ts';
import { walk, type FoundArchive, type FoundDir, type Problem } from './walk.ts';

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
  /** Where it was fetched or loaded from, when whoever wrote it says so. */
  readonly source?: string;
  /** The directory or archive it lies in, relative to the folder. */
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
const MAX_CHILDREN_BYTES = 16 * 1024 * 1024;

/** All images in a folder, by repository and tag, and all that is not served with the reason. */
export async function listImages(options: FolderOptions): Promise<Listing> {
  const folder = openFolder(options, CACHED_BYTES);
  const prefix = options.prefix ? `${options.prefix}/` : '';
  const images: ListedImage[] = [];
  const problems: Problem[] = [];
  const configs: Configs = new Map();
  const cached = new Set<ListedImage>();

  const add = async (dir: ImageDir, names: readonly NamedImage[]): Promise<void> => {
    const { path } = dir;
    problems.push(...dir.problems.map((reason) => ({ path, reason })));
    const described = new Map<Digest, Promise<Described>>();
    for (const { repository, tag, digest } of names) {
      // A host with a port can only stand first.
      if (!isFullName(repository)) {
        problems.push({ path, reason: badName(`${repository}:${tag}`) });
        continue;
      }
      const describing = described.get(digest) ?? describe(folder, dir, digest, configs);
      described.set(digest, describing);
      const inside = dir.tags.get(tag as Tag);
      const image = await describing.catch((err: unknown) => {
        // Which is what one expects of a cache.
        const isPart = inside && isCached(inside) ? 'pulled in part: ' : '';
        const reason = `${names.length > 1 ? `${tag}: ` : ''}${isPart}${reasonOf(err, path)}`;
        problems.push({ path, reason });
      });
      if (!image) continue;
      const source = inside?.annotations?.[SOURCE];
      const listed = { repository: prefix + repository, tag, ...image, ...(source && { source }), path };
      if (inside && isCached(inside)) cached.add(listed);
      images.push(listed);
    }
  };

  const look = async (found: FoundDir | FoundArchive): Promise<void> => {
    const { path } = found;
    try {
      if ('prefix' in found) {
        await lookIntoArchive(folder, found, add, problems);
        return;
      }
      const dir = await folder.dirs.open(path);
      if (dir === undefined) return;
      const names = namesOf(found, dir);
      if (names.length === 0) problems.push({ path, reason: 'nothing in it has a tag' });
      await add(dir, names);
    } catch (err) {
      problems.push({ path, reason: reasonOf(err, path) });
    }
  };

  let batch: Promise<void>[] = [];
  for (const found of walk(folder.tree)) {
    if ('problem' in found) problems.push(found.problem);
    else batch.push(look('archive' in found ? found.archive : found.dir));
    if (batch.length >= CONCURRENCY) {
      await Promise.all(batch);
      batch = [];
    }
  }
  await Promise.all(batch);
  images.sort((a, b) => byNameAndRank(a, b, cached));
  problems.sort((a, b) => byCodePoint(a.path, b.path) || byCodePoint(a.reason, b.reason));
  return { images: images.filter((image, i) => !isSameName(image, images[i - 1])), problems };
}

/** An image's name before it is looked at. */
export interface NamedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

async function lookIntoArchive(
  { archives }: Folder,
  { path, prefix }: FoundArchive,
  add: (dir: ImageDir, names: readonly NamedImage[]) => Promise<void>,
  problems: Problem[],
): Promise<void> {
  const archive = await archives.open(path);
  problems.push(...archive.problems.map((reason) => ({ path, reason })));
  for (const [name, part] of archive.parts) {
    try {
      const dir = await part.open();
      const tags = [...dir.tags].map(([tag, { digest }]) => ({ repository: prefix + name, tag, digest }));
      await add(dir, tags);
    } catch (err) {
      problems.push({ path, reason: reasonOf(err, path) });
    }
  }
}

/** Of one name the first counts, in the order in which it is served: a repository's layout, whose path is the shorter one, before
 *  its tag directories, those before archives, of which the nearest counts, and last what the pull-through has fetched. */
function byNameAndRank(a: ListedImage, b: ListedImage, cached: ReadonlySet<ListedImage>): number {
  const isCachedFirst = Number(cached.has(a)) - Number(cached.has(b));
  const named = byCodePoint(a.repository, b.repository) || byCodePoint(a.tag, b.tag) || isCachedFirst;
  const archived = Number(isArchiveName(a.path)) - Number(isArchiveName(b.path));
  if (named !== 0 || archived !== 0) return named || archived;
  const depth = (path: string): number => path.split('/').length;
  if (!isArchiveName(a.path)) return a.path.length - b.path.length;
  return depth(b.path) - depth(a.path) || byCodePoint(a.path, b.path);
}

const isSameName = (a: ListedImage, b: ListedImage | undefined): boolean =>
  a.repository === b?.repository && a.tag === b.tag;

/** What the images of a directory are called. */
export function namesOf({ repository, tagged }: FoundDir, dir: ImageDir): NamedImage[] {
  const inside =
    repository === undefined ? [] : [...dir.tags].map(([tag, { digest }]) => ({ repository, tag, digest }));
  return tagged && dir.root ? [{ ...tagged, digest: dir.root.digest }, ...inside] : inside;
}

/** What the folder's own messages say, without the path that stands beside it. */
function reasonOf(err: unknown, path: string): string {
  const reason = readFailure(path, err);
  if (!(reason instanceof NotServed)) throw err;
  return reason.message.startsWith(`${path}: `) ? reason.message.slice(path.length + 2) : reason.message;
}

type Described = Omit<ListedImage, 'repository' | 'tag' | 'path'>;

async function describe({ verifier }: Folder, dir: ImageDir, digest: Digest, configs: Configs): Promise<Described> {
  const manifest = await dir.manifest(digest);
  if (manifest === undefined) throw new NotServed(`${dir.path}: manifest ${digest} is missing`, { detail: { digest } });
  requireBlobs(dir, manifest.document, verifier);
  const { descriptor, document } = manifest;
  const images = document.kind === 'index' ? await children(dir, manifest) : [manifest];
  const blobs = new Map<Digest, number>(images.flatMap(({ document: { config, layers } }) => sizes(config, layers)));
  const config = document.kind === 'artifact' ? undefined : await configOf(dir, images[0], configs);
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
  const queue = index.document.manifests.slice(0, MAX_CHILDREN);
  let bytes = 0;
  for (const { digest } of queue) {
    const manifest = found.has(digest) ? undefined : await dir.manifest(digest);
    if (manifest === undefined) continue;
    found.set(digest, manifest);
    bytes += manifest.bytes.length;
    if (bytes > MAX_CHILDREN_BYTES) break;
    queue.push(...manifest.document.manifests.slice(0, MAX_CHILDREN - queue.length));
  }
  return [...found.values()];
}

const sizes = (config: Descriptor | undefined, layers: readonly Descriptor[]): [Digest, number][] =>
  [...(config ? [config] : []), ...layers].map(({ digest, size }) => [digest, size]);

const manifestBytes = (manifest: ReadManifest, images: readonly ReadManifest[]): number =>
  [...new Set([manifest, ...images])].reduce((sum, { bytes }) => sum + bytes.length, 0);

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

interface ConfigFacts {
  readonly platform?: string;
  readonly created?: string;
}

/** What was read of configs, which any number of names may share. */
type Configs = Map<FileIdentity, ConfigFacts | undefined>;

async function configOf(
  dir: ImageDir,
  image: ReadManifest | undefined,
  configs: Configs,
): Promise<ConfigFacts | undefined> {
  const file = image?.document.config && dir.file(image.document.config.digest);
  if (file === undefined || file.size > MAX_MANIFEST_BYTES) return undefined;
  if (!configs.has(file.identity)) configs.set(file.identity, await readConfig(file));
  return configs.get(file.identity);
}

async function readConfig(file: BlobFile): Promise<ConfigFacts | undefined> {
  const { bytes } = await file.files.read(file.path, MAX_MANIFEST_BYTES);
  if (jsonExcess(bytes) !== undefined) return undefined;
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
