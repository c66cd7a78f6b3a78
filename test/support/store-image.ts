import type { Descriptor } from '../../api/oci/descriptor.ts';
import type { Tag } from '../../api/oci/reference.ts';
import type { Store } from '../../api/store/store.ts';
import { repo } from './repository.ts';
import { descriptorOf, piecesOf, type TinyImage, type TinyIndex } from './tiny-image.ts';

/** Brings an image into a store, as `load` does; without a tag it is had by its digest alone. */
export async function storeImage(
  store: Store,
  name: string,
  image: TinyImage | TinyIndex,
  tag?: string,
  options: { source?: string; fetched?: Date } = {},
): Promise<void> {
  await using work = await store.begin();
  const pieces = piecesOf(image);
  for (const piece of pieces) await work.put(descriptorOf(piece), () => Promise.resolve([piece.bytes]));
  const descriptor: Descriptor = descriptorOf(image.manifest);
  const fetched = options.fetched ?? new Date();
  const entry = {
    descriptor,
    fetched,
    source: options.source ?? 'a test',
    ...(tag !== undefined && { tag: tag as Tag }),
  };
  await store.name(repo(name), work, { blobs: pieces.map(({ digest }) => digest), entries: [entry] });
}
