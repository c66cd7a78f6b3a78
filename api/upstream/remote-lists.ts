import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown } from '../oci/errors.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import { byCodePoint, type Tag } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { Patience } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import { parseReferrers, parseTags, referrersTag } from './lists.ts';
import { contentTypeOf } from './manifest-answer.ts';
import { readPage, readPages, type Page } from './pages.ts';
import { readRemoteManifest } from './remote-manifest.ts';
import { discard, type WireAnswer } from './transport.ts';
import type { Asking, Step, Upstream } from './upstream.ts';

/** How many tags are asked for at once. */
const TAGS_PAGE = 1000;
/** Statuses of registries that know no referrers, beside 404. */
const NO_REFERRERS = [400, 405, 406];

/** A repository of an upstream. */
export interface ListSource {
  readonly upstream: Upstream;
  readonly repo: Repository;
}

/** All tags, by code point. Throws NAME_UNKNOWN. */
export async function listRemoteTags({ upstream, repo }: ListSource, patience: Patience): Promise<readonly Tag[]> {
  const question = { method: 'GET', repo, object: ' tags', unknown: 'NAME_UNKNOWN' } as const;
  const tags = await upstream.ask(question, patience, (asking) =>
    readAll(asking, { path: `tags/list?n=${TAGS_PAGE}` }, (answer) => readPage(answer, parseTags, asking)),
  );
  return [...new Set(tags)].sort(byCodePoint);
}

/** All that refers to a manifest, by digest: by the referrers API, or by the tag that stands in for it.
 *  https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api */
export async function listRemoteReferrers(
  { upstream, repo, maxManifestBytes }: ListSource & { readonly maxManifestBytes: number },
  subject: Digest,
  patience: Patience,
): Promise<readonly Descriptor[]> {
  const question = { method: 'GET', repo, object: ` referrers of ${subject}`, unknown: 'NAME_UNKNOWN' } as const;
  return upstream.ask(question, patience, async (asking) => {
    const offered = await referrersByApi(asking, subject);
    if (offered) return inOrder(offered);
    const source = { upstream, repo, reference: referrersTag(subject), maxBytes: maxManifestBytes };
    try {
      const { descriptor, bytes } = await readRemoteManifest(source, asking);
      return descriptor.mediaType === OCI_INDEX ? inOrder(parseReferrers(JSON.parse(bytes.toString('utf8')))) : [];
    } catch (err) {
      if (isUnknown(err)) return [];
      throw err;
    }
  });
}

/** Undefined when there is no such API. */
async function referrersByApi(asking: Asking, subject: Digest): Promise<readonly Descriptor[] | undefined> {
  const step = { path: `referrers/${subject}`, headers: { accept: OCI_INDEX }, expects: NO_REFERRERS };
  try {
    return await readAll(asking, step, (answer) => {
      if (answer.status === 200 && contentTypeOf(answer) === OCI_INDEX) return readPage(answer, parseReferrers, asking);
      discard(answer);
      throw new NoReferrersApi();
    });
  } catch (err) {
    if (isUnknown(err) || err instanceof NoReferrersApi) return undefined;
    throw err;
  }
}

class NoReferrersApi extends Error {}

/** Every page, each at the endpoint that gave the first. */
function readAll<T>(
  asking: Asking,
  first: Step,
  read: (answer: WireAnswer) => Promise<Page<T>>,
): Promise<readonly T[]> {
  let endpoints: readonly Endpoint[] | undefined;
  return readPages(
    (link) =>
      asking.first(async (take, endpoint) => {
        const page = await read(await take(link ? { ...first, path: link } : first));
        endpoints = [endpoint];
        return page;
      }, endpoints && { endpoints }),
    asking.subject,
  );
}

/** Each once, by digest. */
function inOrder(referrers: readonly Descriptor[]): readonly Descriptor[] {
  const byDigest = new Map(referrers.map((referrer) => [referrer.digest, referrer]));
  return [...byDigest.values()].sort((a, b) => byCodePoint(a.digest, b.digest));
}
