import type { Tag } from '../../api/oci/reference.ts';
import type { Store } from '../../api/store/store.ts';
import { repo } from './repository.ts';
import { descriptorOf, piecesOf, type Piece, type TinyImage, type TinyIndex } from './tiny-image.ts';

/** Brings an image into a store, as `load` does; without a tag it is had by its digest alone. */
export async function storeImage(
  store: Store,
  name: string,
  image: TinyImage | TinyIndex,
  tag?: string,
  options: {
    source?: string;
    fetched?: Date;
    /** Manifests that have it, or one of them, as their subject. */
    referrers?: readonly TinyImage[];
    /** Pieces that are left out. */
    without?: readonly Piece[];
  } = {},
): Promise<void> {
  await using work = await store.begin();
  const { referrers = [], without = [] } = options;
  const pieces = [...referrers, image].flatMap(piecesOf).filter((piece) => !without.includes(piece));
  for (const piece of pieces) await work.put(descriptorOf(piece), () => Promise.resolve([piece.bytes]));
  const about = { fetched: options.fetched ?? new Date(), source: options.source ?? 'a test' };
  const entryOf = ({ manifest }: TinyImage | TinyIndex) => ({ descriptor: descriptorOf(manifest), ...about });
  const entry = { ...entryOf(image), ...(tag !== undefined && { tag: tag as Tag }) };
  const blobs = pieces.map(({ digest }) => digest);
  await store.name(repo(name), work, { blobs, entries: [...referrers.map(entryOf), entry] });
}
