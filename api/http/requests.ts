// The only file that knows that names hold slashes.
import type { IncomingHttpHeaders } from 'node:http';
import querystring from 'node:querystring';
import { parseDigest, type Digest } from '../oci/digest.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { parseHost, parseRepositoryName, type Host, type Repository } from '../oci/repository.ts';
import { HttpError } from './http-error.ts';

export type PathParameters = Readonly<Record<string, string>>;

interface RepositoryCall {
  readonly params: { readonly name: string };
  readonly query: { readonly ns?: string };
  readonly headers: IncomingHttpHeaders;
  /** The host that stood in the path before the name; then neither query nor headers say one. */
  readonly pathHost?: string | undefined;
}

/** The parameters of a route, one string each: Express gives a wildcard as a list of decoded segments, in which a `%2F`
 *  of the client's has become a slash. */
export function joinSegments(params: Readonly<Record<string, string | readonly string[]>>): PathParameters {
  const joined: Record<string, string> = {};
  for (const name in params) {
    const value = params[name]!;
    joined[name] = typeof value === 'string' ? value : value.join('/');
  }
  return joined;
}

/** Throws what the client is to hear when a parameter of that name cannot be parsed. */
export function parsePathParameter(name: string, text: string): void {
  if (name === 'name') parseRepositoryName(text);
  else if (name === 'reference') parseReference(text);
  else if (name === 'digest') parseDigest(text);
}

export function parseManifestCall(call: RepositoryCall & { readonly params: { readonly reference: string } }): {
  repo: Repository;
  reference: Reference;
} {
  return { repo: parseRepositoryCall(call), reference: parseReference(call.params.reference) };
}

export function parseBlobCall(call: RepositoryCall & { readonly params: { readonly digest: string } }): {
  repo: Repository;
  digest: Digest;
} {
  return { repo: parseRepositoryCall(call), digest: parseDigest(call.params.digest) };
}

export function parseRepositoryCall({ params, query, headers, pathHost }: RepositoryCall): Repository {
  const name = parseRepositoryName(params.name);
  const host = pathHost === undefined ? hostOf(query.ns, headers['x-registry']) : parseHost(pathHost);
  return host === undefined ? { name } : { host, name };
}

/** The name as it stood in the path. */
export const nameAsked = ({ params, pathHost }: Pick<RepositoryCall, 'params' | 'pathHost'>): string =>
  pathHost === undefined ? params.name : `${pathHost}/${params.name}`;

/** The host that a request says apart from the name.
 *  https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying */
function hostOf(ns: string | undefined, header: string | string[] | undefined): Host | undefined {
  if (ns === undefined && header === undefined) return undefined;
  const hosts = [ns, header].flat().filter((text) => text !== undefined);
  const [host, other = host] = hosts.map(parseHost);
  if (hosts.length > 2 || host !== other) {
    throw new HttpError('UNSUPPORTED', 'ns and X-Registry name different hosts', { detail: { hosts } });
  }
  return host;
}

/** The host to send back as `OCI-Namespace`, as the client spelled it. Asked of every request, refused ones too, so it
 *  is quick to say that there is none. */
export function namespaceOf(path: string, query: string, headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-registry'];
  if (header === undefined && !query.includes('ns=')) return undefined;
  if (!path.startsWith('/v2/') || path === '/v2/' || path === '/v2/_catalog') return undefined;
  const ns = querystring.parse(query)['ns'] ?? header;
  return typeof ns === 'string' && /^[\w.:[\]-]{1,255}$/.test(ns) ? ns : undefined;
}

/** Reads a query as the validator is to see it. `n=` is no `n`, and one said twice alike is said once. What is no row of
 *  digits is quoted, as the validator would take `1e3` and `0x10` for numbers. */
export function parseQuery(text: string): querystring.ParsedUrlQuery {
  const query = querystring.parse(text);
  if (query['n'] === undefined) return query;
  const values = new Set([query['n']].flat());
  const [n = ''] = values;
  if (values.size === 1) query['n'] = /^\d*$/.test(n) ? n : JSON.stringify(n);
  if (query['n'] === '') delete query['n'];
  return query;
}
