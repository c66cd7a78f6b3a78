import type { UnpackLimits } from '../archive/decompress.ts';
import { Archives } from './archives.ts';
import { ImageDirs } from './image-dirs.ts';
import type { KnownDigests } from './known-digests.ts';
import { ManifestReader } from './manifest-reader.ts';
import { Tree } from './tree.ts';
import { Unpacker } from './unpacker.ts';
import { Verifier } from './verifier.ts';

export interface FolderOptions {
  readonly root: string;
  /** Put before every name, `product-2.4` or `p/q`; empty for none. */
  readonly prefix?: string;
  readonly known: KnownDigests;
  /** Where compressed archives are unpacked to; made when there is one. Without it they are not served. */
  readonly unpacked?: string;
  /** What may come out of one. */
  readonly unpackLimits?: Partial<UnpackLimits>;
}

/** A folder of images with what opens them. */
export interface Folder {
  readonly tree: Tree;
  readonly verifier: Verifier;
  readonly dirs: ImageDirs;
  readonly archives: Archives;
}

/** `cachedBytes` bounds what is kept of manifests and of opened directories each; undefined for what serving takes. */
export function openFolder({ root, known, unpacked, unpackLimits }: FolderOptions, cachedBytes?: number): Folder {
  const tree = new Tree(root);
  const verifier = new Verifier(known);
  const reader = new ManifestReader(cachedBytes);
  const dirs = new ImageDirs(tree, reader, verifier, cachedBytes);
  const archives = new Archives(tree, { reader, hasher: verifier }, new Unpacker(unpacked, unpackLimits));
  return { tree, verifier, dirs, archives };
}
