/** Names images, and takes some of their tags away again, for a while: `naming.ts ROOT SEED MILLISECONDS`. Prints the tags that must be
 *  there in the end. Tags are its own, repositories and layers are shared with others that do the same. */
import { removeTags } from '../../../api/prune/removal.ts';
import { Store } from '../../../api/store/store.ts';
import { sharedImages } from '../shared-images.ts';
import { storeImage } from '../store-image.ts';
import { repo } from '../repository.ts';

const [root = '', seed = '', forMs = ''] = process.argv.slice(2);
using store = new Store(root);
const tags = new Map<string, { repository: string; tag: string }>();
const end = performance.now() + Number(forMs);
for (let i = 0; performance.now() < end; i++) {
  const repository = ['team/a', 'team/b', 'team/a/below'][i % 3]!;
  const tag = `${seed}-${i % 5}`;
  await storeImage(store, repository, sharedImages[(i * 7) % sharedImages.length]!, tag);
  tags.set(`${repository}:${tag}`, { repository, tag });
  if (i % 4 !== 3) continue;
  const [name, gone] = [...tags][0]!;
  await removeTags(store, repo(gone.repository), (entry) => entry.tag === gone.tag);
  tags.delete(name);
}
process.stdout.write(JSON.stringify([...tags.keys()]));
