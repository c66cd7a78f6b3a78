import type { IncomingHttpHeaders } from 'node:http';
import querystring from 'node:querystring';
import { isHost, parseHost, type Host } from '../oci/repository.ts';

/** A path apart from the host that it began with. */
export interface PathHost {
  /** As the client spelled it: `127.0.0.1:5001`. */
  readonly host: string;
  /** The path without it, `/v2/library/alpine/manifests/latest`, otherwise as the client wrote it. */
  readonly path: string;
}

/** The first component of a name, whose colon and slash may be encoded. */
const FIRST_COMPONENT = /^\/v2\/((?:[\w.:[\]-]|%3[Aa]|%5[BbDd])+)(?:\/|%2[Ff])/;

/** Takes a host that cannot be a component of a name, as it has a colon, from the front of a path. Undefined when there is none,
 *  when it is not configured, or when the request says the host elsewhere: then the path is not searched for one. */
export function takePathHost(
  path: string,
  query: string,
  headers: IncomingHttpHeaders,
  isConfigured: (host: Host) => boolean,
): PathHost | undefined {
  const [front, component = ''] = FIRST_COMPONENT.exec(path) ?? [];
  if (front === undefined) return undefined;
  const host = decodeURIComponent(component);
  if (!host.includes(':') || !isHost(host)) return undefined;
  const rest = path.slice(front.length);
  // A name and two keywords at least: what is left may not become another path of the API, `/v2/_catalog`.
  if (rest.split('/').length < 3) return undefined;
  if (headers['x-registry'] !== undefined || querystring.parse(query)['ns'] !== undefined) return undefined;
  return isConfigured(parseHost(host)) ? { host, path: `/v2/${rest}` } : undefined;
}
