import { UpstreamError } from '../oci/errors.ts';
import { readWhole } from './answer-body.ts';
import { parseNextLink } from './link.ts';
import type { WireAnswer, WireRequest } from './transport.ts';

const MAX_PAGES = 1000;
/** Some registries give all their tags at once, whatever they are asked for. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_ENTRIES = 1_000_000;

/** A part of a list, and where the next one is. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly next: URL | undefined;
}

/** All pages after one another; `open` gives the first, or the one a link leads to. Throws UpstreamError `invalid`
 *  for a list without end. */
export async function readPages<T>(open: (link: URL | undefined) => Promise<Page<T>>, subject: string): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  for (let link: URL | undefined; ;) {
    const { entries, next } = await open(link);
    // One by one: a page may have more of them than a call may have arguments.
    for (const entry of entries) all.push(entry);
    if (next === undefined) return all;
    if (seen.has(next.href) || seen.size === MAX_PAGES || all.length > MAX_ENTRIES) {
      throw new UpstreamError('invalid', `${subject}: a list without end`);
    }
    seen.add(next.href);
    link = next;
  }
}

/** One page out of an answer. `parse` throws an Error that says what is wrong with its JSON. Throws UpstreamError
 *  `invalid` for that, and for a link to another origin. */
export async function readPage<T>(
  answer: WireAnswer,
  parse: (json: unknown) => readonly T[],
  context: Pick<WireRequest, 'subject' | 'signal'>,
): Promise<Page<T>> {
  const bytes = await readWhole(answer, MAX_PAGE_BYTES, context);
  try {
    return { entries: parse(JSON.parse(bytes.toString('utf8'))), next: nextOf(answer) };
  } catch (cause) {
    const reason = (cause as Error).message.slice(0, 200);
    throw new UpstreamError('invalid', `${context.subject}: not a list: ${reason}`, { cause });
  }
}

function nextOf({ headers: { link }, url }: WireAnswer): URL | undefined {
  const target = parseNextLink(Array.isArray(link) ? link.join(', ') : link);
  if (target === undefined) return undefined;
  if (!URL.canParse(target, url)) throw new Error('it links to what is no URL');
  const next = new URL(target, url);
  // Whoever followed it would carry our login wherever the list says.
  if (next.origin !== url.origin) throw new Error(`it links to ${next.origin}`);
  return next;
}
