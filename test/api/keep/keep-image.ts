import type { Tag } from '../../../api/oci/reference.ts';
import type { Store } from '../../../api/store/store.ts';
import { repo } from '../../support/repository.ts';
import { descriptorOf, piecesOf, type Piece, type TinyImage, type TinyIndex } from '../../support/tiny-image.ts';

interface Kept {
  readonly fetched?: Date;
  /** What was fetched of it; all without it. Its manifest always is. */
  readonly pieces?: readonly Piece[];
}

/** Brings an image into a store as a pull through it does: the manifest first, then what was asked for of the rest. */
export async function keepImage(
  store: Store,
  name: string,
  image: TinyImage | TinyIndex,
  tag?: string,
  { fetched = new Date(), pieces = piecesOf(image) }: Kept = {},
): Promise<void> {
  const { manifest } = image;
  await using work = await store.begin();
  await work.put(descriptorOf(manifest), () => Promise.resolve([manifest.bytes]));
  const entry = { descriptor: descriptorOf(manifest), fetched, cached: true as const };
  const named = { ...entry, ...(tag !== undefined && { tag: tag as Tag }) };
  await store.name(repo(name), work, { blobs: [manifest.digest], entries: [named] });
  await keepBlobs(store, name, pieces);
}

/** Brings blobs into a repository, whether a manifest names them or not. */
export async function keepBlobs(store: Store, name: string, pieces: readonly Piece[]): Promise<void> {
  for (const piece of pieces) {
    await using work = await store.begin();
    await work.put(descriptorOf(piece), () => Promise.resolve([piece.bytes]));
    await store.name(repo(name), work, { blobs: [piece.digest], entries: [] });
  }
}
