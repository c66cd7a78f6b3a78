import type { components } from '../../generated/types.ts';
import type { Lister } from '../registry.ts';
import type { Handler } from './adapter.ts';
import { replyWithList } from './lists.ts';
import { cutPage, linkTo } from './pages.ts';
import { nameAsked, parseRepositoryCall } from './requests.ts';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags */
export function listTags(lister: Lister, maxPage: number): Handler<'listTags'> {
  return async (call) => {
    const repo = parseRepositoryCall(call);
    const name = nameAsked(call);
    const { entries: all, cache } = await lister.listTags(repo);
    const { entries, next } = cutPage(all, (tag) => tag, call.query, maxPage);
    const list: components['schemas']['TagList'] = { name, tags: [...entries] };
    return replyWithList(call, 'application/json', list, linkTo(next, `/v2/${name}/tags/list`, call.url), cache);
  };
}
