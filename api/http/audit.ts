import type { Answered } from './access-log.ts';

/** Who pulled what, and how it went. */
export interface Pull {
  /** Absent where nobody has to log in, or nobody did. */
  readonly user?: string;
  readonly client: string;
  /** As it was asked for; before the name the host, where that was said apart from it and is an upstream. */
  readonly repository: string;
  readonly kind: 'manifest' | 'blob';
  /** A tag or a digest, as it was asked for. */
  readonly reference: string;
  /** Of what was sent. */
  readonly digest?: string;
  readonly outcome: 'pulled' | 'unchanged' | 'aborted' | 'denied' | 'unknown' | 'refused' | 'failed';
  readonly status: number;
  /** Of the body, given to the client. */
  readonly bytes: number;
  readonly requestId: string;
}

/** What a request for a manifest or a blob was, who asked for it and whether they had it; undefined for any other request. Refused ones
 *  count as well, so it is the path that tells. HEAD is none: it brings nothing. */
export function pullOf(answered: Answered): Pull | undefined {
  const { method, path, namespace, user, client, digest, status, bytes, requestId } = answered;
  // The path is read from its right end, as a name may hold any of its words.
  const match = method === 'GET' ? /^\/v2\/(.+)\/(manifest|blob)s\/([^/]+)$/.exec(path) : null;
  if (match === null) return undefined;
  const [, name = '', kind, reference = ''] = match;
  return {
    ...(user !== undefined && { user }),
    client,
    repository: `${namespace === undefined ? '' : `${namespace}/`}${decode(name)}`,
    kind: kind as Pull['kind'],
    reference: decode(reference),
    ...(digest !== undefined && { digest }),
    outcome: outcomeOf(answered),
    status,
    bytes,
    requestId,
  };
}

function outcomeOf({ status, aborted }: Answered): Pull['outcome'] {
  if (aborted) return 'aborted';
  if (status < 300) return 'pulled';
  if (status < 400) return 'unchanged';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'unknown';
  return status < 500 ? 'refused' : 'failed';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Nobody was sent anything for that.
  }
}
