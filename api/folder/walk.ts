import { isTag } from '../oci/reference.ts';
import { isArchiveName } from './archive-path.ts';
import { unescapeComponent } from './repository-path.ts';
import type { Tree } from './tree.ts';
import { join } from './join-path.ts';

/** A directory that looks like one of the formats, and the names it can be asked by. */
export interface FoundDir {
  readonly path: string;
  readonly isLayout: boolean;
  /** The repository that the path is; undefined when no client can ask for it. */
  readonly repository: string | undefined;
  /** Repository and tag when the last component is taken as a tag. */
  readonly tagged: { readonly repository: string; readonly tag: string } | undefined;
}

/** Something that is not served, by the path at which it lies. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** An archive, and what stands before the names in it: that of the folder it lies in, with a slash unless it is empty. */
export interface FoundArchive {
  readonly path: string;
  readonly prefix: string;
}

export type Found = { readonly dir: FoundDir } | { readonly archive: FoundArchive } | { readonly problem: Problem };

interface Place {
  readonly path: string;
  /** The components as a client writes them; undefined from the first one on that nobody can ask for. */
  readonly name: readonly string[] | undefined;
  readonly parent: Place | undefined;
  /** Whether the files in it belong to an image above: `docker save` has a folder for each layer. */
  readonly isPart: boolean;
}

/** Everything below a folder that is, or should be, an image, in the order of the paths. Reads no file. */
export function* walk(tree: Tree): Generator<Found, void, undefined> {
  if (tree.hasDirectory('')) yield* visit(tree, { path: '', name: [], parent: undefined, isPart: false });
}

/** Yields true when there was an image in it or below. */
function* visit(tree: Tree, place: Place): Generator<Found, boolean, undefined> {
  const { path } = place;
  const { directories, files, linked, leadingOut, unreadable } = tree.list(path);
  const problem = (name: string, reason: string): Found => ({ problem: { path: join(path, name), reason } });
  if (unreadable) yield { problem: { path, reason: 'a directory that may not be read' } };
  for (const name of leadingOut) yield problem(name, 'a link that leads out of the folder, or nowhere');

  const isLayout = files.includes('oci-layout') && files.includes('index.json');
  const isImage = isLayout || files.includes('manifest.json');
  if (isImage) yield* found(place, isLayout);
  const archives = isImage || place.isPart ? [] : files.filter((name) => isArchiveName(name) && isVisible(path, name));
  const prefix = place.name && [...place.name, ''].join('/');
  for (const name of archives) {
    if (prefix === undefined) yield problem(name, `no client can ask for names below ${path}`);
    else yield { archive: { path: join(path, name), prefix } };
  }

  let any = isImage || archives.length > 0;
  for (const name of directories) {
    if (!isVisible(path, name) || (isLayout && name === 'blobs')) continue;
    if (linked.includes(name) && tree.isLoop(join(path, name))) yield problem(name, 'a link to a directory above it');
    else any = (yield* visit(tree, enter(place, name, isImage && !isLayout))) || any;
  }
  if (!isImage && !place.isPart) yield* strays(place, files, any);
  return any;
}

function* found({ path, name, parent }: Place, isLayout: boolean): Generator<Found> {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const above = parent?.name?.length ? parent.name.join('/') : undefined;
  const tagged = above !== undefined && isTag(last) ? { repository: above, tag: last } : undefined;
  const repository = name?.length ? name.join('/') : undefined;
  if (isLayout ? repository === undefined && tagged === undefined : tagged === undefined) {
    yield { problem: { path: path || '.', reason: whyUnnamed(isLayout, parent, last) } };
  } else yield { dir: { path, isLayout, repository, tagged } };
}

function whyUnnamed(isLayout: boolean, parent: Place | undefined, last: string): string {
  if (parent === undefined) return 'an image at the top of the folder has no name: move it into <repository>/<tag>/';
  if (!isLayout && parent.path === '')
    return `an image needs <repository>/<tag>/ as its path, this is only one of them`;
  return isTag(last) ? `no client can ask for ${parent.path}` : `no client can ask for the tag ${last}`;
}

/** Files that belong to no image: each by itself beside images, all at once where there is none. */
function* strays({ path }: Place, files: readonly string[], anyImage: boolean): Generator<Found> {
  const visible = files.filter((name) => isVisible(path, name) && !isArchiveName(name));
  if (anyImage || path === '') {
    for (const name of visible)
      yield { problem: { path: join(path, name), reason: 'a file that belongs to no image' } };
  } else if (visible.length > 0) {
    yield { problem: { path, reason: 'no image: neither manifest.json nor oci-layout and index.json' } };
  }
}

function enter(parent: Place, directory: string, isPart: boolean): Place {
  const component = unescapeComponent(directory, parent.path === '');
  const name = parent.name && component !== undefined ? [...parent.name, component] : undefined;
  return { path: join(parent.path, directory), name, parent, isPart };
}

/** At the top, what starts like this is a working folder of ours or hidden by others; no repository's name does. */
const isVisible = (folder: string, name: string): boolean => folder !== '' || !/^[_.]/.test(name);
