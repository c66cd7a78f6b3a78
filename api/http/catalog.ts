import type { components } from '../../generated/types.ts';
import type { Lister } from '../registry.ts';
import type { Handler } from './adapter.ts';
import { HttpError } from './http-error.ts';
import { replyWithList } from './lists.ts';
import { cutPage, linkTo } from './pages.ts';

/** Not in the specification any more, but clients use it.
 *  https://distribution.github.io/distribution/spec/api/#listing-repositories */
export function listRepositories(lister: Lister, maxPage: number): Handler<'listRepositories'> {
  return async (call) => {
    const all = await lister.listRepositories();
    const visible = call.isVisible ? all.filter(call.isVisible) : all;
    const { entries, next } = cutPage(visible, (name) => name, call.query, maxPage);
    const list: components['schemas']['RepositoryList'] = { repositories: [...entries] };
    return replyWithList(call, 'application/json', list, linkTo(next, '/v2/_catalog', call.url));
  };
}

/** For who does not want to tell what there is. */
export const noCatalog: Handler<'listRepositories'> = () => {
  throw new HttpError('UNSUPPORTED', 'the catalog is switched off', { status: 404 });
};
