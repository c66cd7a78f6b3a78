import { UpstreamError } from '../oci/errors.ts';
import { isForbiddenAddress } from './address.ts';
import { discard, headerOf, type WireAnswer, type WireRequest } from './transport.ts';

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

interface Redirectable extends WireRequest {
  /** Goes to the request's own origin only. */
  readonly authorization?: string | undefined;
}

interface Rules {
  readonly send: (request: WireRequest) => Promise<WireAnswer>;
  /** Throws UpstreamError when a redirect may not lead to `url`. */
  readonly check?: (url: URL) => void;
}

/** Sends a GET or HEAD wherever it is redirected to. `Authorization` goes no further than the first origin, not even
 *  when a later redirect leads back there; the other headers go along. Throws UpstreamError `invalid`. */
export async function follow(request: Redirectable, { send, check }: Rules): Promise<WireAnswer> {
  const { authorization, ...unauthorized } = request;
  let { url } = request;
  let trusted = authorization !== undefined;
  for (let hops = 0; ; hops++) {
    const headers = { ...request.headers, ...(trusted && { authorization: authorization! }) };
    const answer = await send({ ...unauthorized, url, headers });
    const location = REDIRECTS.has(answer.status) ? headerOf(answer, 'location') : undefined;
    if (location === undefined) return answer;
    discard(answer);
    if (hops === MAX_REDIRECTS) throw invalid(request, `more than ${MAX_REDIRECTS} redirects`);
    url = targetOf(location, url, request);
    check?.(url);
    // Storage services refuse a request that carries a second kind of authorization beside the signature in its link.
    trusted &&= url.origin === request.url.origin;
  }
}

function targetOf(location: string, from: URL, request: WireRequest): URL {
  if (!URL.canParse(location, from)) throw invalid(request, 'a redirect to what is no URL');
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(request, `a redirect to ${url.protocol}`);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw invalid(request, `a redirect from https to ${url.origin}`);
  }
  return url;
}

/** Refuses addresses that only we may reach; `home` is who leads us there. */
export function checkAddress(url: URL, home: URL, subject: string): void {
  if (!isForbiddenAddress(url, home)) return;
  throw new UpstreamError('invalid', `${subject}: it leads to ${url.origin}, an address that is not public`);
}

const invalid = ({ subject }: WireRequest, reason: string): UpstreamError =>
  new UpstreamError('invalid', `${subject}: ${reason}`);
