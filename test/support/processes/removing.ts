/** Removes the tag `old` from repositories: `removing.ts ROOT REPOSITORY…`. Says when it begins. */
import { removeTags } from '../../../api/prune/removal.ts';
import { Store } from '../../../api/store/store.ts';
import { repo } from '../repository.ts';

const [root = '', ...repositories] = process.argv.slice(2);
using store = new Store(root);
process.stdout.write('begins\n');
for (const name of repositories) await removeTags(store, repo(name), ({ tag }) => tag === 'old');
