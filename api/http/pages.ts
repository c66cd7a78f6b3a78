// Lists page by page. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
import querystring from 'node:querystring';

/** A page asked for without `n`: more would be megabytes that few clients read. */
export const MAX_PAGE = 10_000;
/** A larger `n` is cut to this, never refused; crane asks for 1000. */
export const MAX_ASKED_PAGE = 1_000;

export interface PageQuery {
  readonly n?: number;
  readonly last?: string;
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** The `last` that leads to the next page; absent when there is none. */
  readonly next?: string;
}

/** One page of `all`, which is in the order of `keyOf`, by code point. `last` need not be in it: its place counts. */
export function cutPage<T>(
  all: readonly T[],
  keyOf: (entry: T) => string,
  { n, last }: PageQuery,
  maxAsked: number,
): Page<T> {
  const start = last === undefined ? 0 : firstAfter(all, keyOf, last);
  const size = n === undefined ? MAX_PAGE : Math.min(n, maxAsked);
  const entries = all.slice(start, start + size);
  const cut = size > 0 && start + size < all.length;
  return cut ? { entries, next: keyOf(entries.at(-1)!) } : { entries };
}

/** A `Link` to the next page, or nothing. Path-absolute, because behind a proxy we do not know our own scheme and host, and
 *  with nothing but encoded values, as clients look for the first `>` and `;`. Other parameters, `ns`, are kept. */
export function linkTo(next: string | undefined, path: string, url: string): { Link?: string } {
  if (next === undefined) return {};
  const mark = url.indexOf('?');
  const { n, last: _, ...others } = querystring.parse(mark < 0 ? '' : url.slice(mark + 1));
  const asked = [n].flat()[0];
  const query = querystring.stringify({ ...(asked && { n: asked }), last: next, ...others });
  return { Link: `<${encodeURI(path)}?${query.replace(/['()!*~]/g, percentEncode)}>; rel="next"` };
}

const percentEncode = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

function firstAfter<T>(all: readonly T[], keyOf: (entry: T) => string, last: string): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(all[middle]!) > last) high = middle;
    else low = middle + 1;
  }
  return low;
}
