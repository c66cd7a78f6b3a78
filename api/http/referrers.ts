import type { components } from '../../generated/types.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import type { Lister } from '../registry.ts';
import type { Handler } from './adapter.ts';
import { replyWithList } from './lists.ts';
import { cutPage, linkTo, MAX_PAGE, type Page } from './pages.ts';
import { nameAsked, parseBlobCall } from './requests.ts';

/** Largest list in one answer, in bytes: containerd and oras stop reading at 4 MiB, and containerd and crane do not ask
 *  for a second page, so none is made before that. */
const MAX_LIST_BYTES = 3.5 * 1024 * 1024;

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export function listReferrers(lister: Lister): Handler<'listReferrers'> {
  return async (call) => {
    const { repo, digest } = parseBlobCall(call);
    const types = wantedTypes(call.query.artifactType);
    const { entries: all, cache } = await lister.listReferrers(repo, digest);
    const wanted = types && all.filter(({ artifactType }) => artifactType !== undefined && types.has(artifactType));
    // Any `n` is ignored: oras sends one, and the others would not ask for the rest.
    const { last } = call.query;
    const page = cutPage(wanted ?? all, (one) => one.digest, last === undefined ? {} : { last }, MAX_PAGE);
    const { entries, next } = fit(page);
    const list: components['schemas']['ReferrerList'] = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: entries as Descriptor[],
    };
    const headers = {
      ...(types && { 'OCI-Filters-Applied': 'artifactType' as const }),
      ...linkTo(next, `/v2/${nameAsked(call)}/referrers/${digest}`, call.url),
    };
    return replyWithList(call, OCI_INDEX, list, headers, cache);
  };
}

/** Clients send `application/spdx+json` as it is, and a query has turned the plus into a blank. */
function wantedTypes(artifactTypes: readonly string[] = []): Set<string> | undefined {
  const types = artifactTypes.filter((type) => type !== '').map((type) => type.replaceAll(' ', '+'));
  return types.length > 0 ? new Set(types) : undefined;
}

/** Ends a page before it is too large, but never before its first entry. */
function fit(page: Page<Descriptor>): Page<Descriptor> {
  let bytes = 0;
  const end = page.entries.findIndex(
    (entry, i) => (bytes += JSON.stringify(entry).length + 1) > MAX_LIST_BYTES && i > 0,
  );
  if (end < 0) return page;
  const entries = page.entries.slice(0, end);
  return { entries, next: entries.at(-1)!.digest };
}
