import { BlockList, isIP } from 'node:net';
import { isIn, isLoopback } from './address.ts';
import { formatBasic } from './credentials.ts';

/** Through what other hosts are reached, as the environment of a program says it. */
export interface ProxyOptions {
  /** For http: `http://user:password@proxy.example:3128`, or the same without `http://`; also https. */
  readonly httpProxy?: string;
  /** For https. */
  readonly httpsProxy?: string;
  /** Who is reached without one, separated by commas: `example.com` with all below it, `.example.com` for those alone,
   *  `10.0.0.0/8`, each also with `:port`; `*` for all. */
  readonly noProxy?: string;
}

export interface Proxy {
  /** Without credentials. */
  readonly url: URL;
  /** For `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** Says by which proxy a URL is reached, by the rules that other container tools follow, those of Go. This machine is
 *  reached by none. https://pkg.go.dev/golang.org/x/net@v0.38.0/http/httpproxy#Config */
export class ProxyRules {
  readonly #http: Proxy | undefined;
  readonly #https: Proxy | undefined;
  readonly #exceptions: readonly Exception[];

  /** Throws for a proxy that is no http or https URL. */
  constructor({ httpProxy, httpsProxy, noProxy = '' }: ProxyOptions = {}) {
    this.#http = parseProxy('httpProxy', httpProxy);
    this.#https = parseProxy('httpsProxy', httpsProxy);
    this.#exceptions = noProxy
      .split(/[\s,]+/)
      .filter((entry) => entry !== '')
      .map((entry) => parseException(entry.toLowerCase()));
  }

  /** Undefined: straight. */
  proxyFor(url: URL): Proxy | undefined {
    const proxy = url.protocol === 'https:' ? this.#https : this.#http;
    if (proxy === undefined || isLoopback(url)) return undefined;
    return this.#exceptions.some((isException) => isException(url)) ? undefined : proxy;
  }
}

type Exception = (url: URL) => boolean;

function parseProxy(key: string, text = ''): Proxy | undefined {
  if (text === '') return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  // It may have a password in it, so that it is not shown.
  if (!/^https?:/i.test(full) || !URL.canParse(full)) throw new Error(`${key} is no http or https URL`);
  const { origin, username, password } = new URL(full);
  const hasUser = username !== '' || password !== '';
  const authorization = hasUser ? formatBasic(decodeURIComponent(username), decodeURIComponent(password)) : undefined;
  return { url: new URL(origin), authorization };
}

function parseException(entry: string): Exception {
  if (entry === '*') return () => true;
  const network = /^(.+)\/(\d{1,3})$/.exec(entry);
  const version = isIP(network?.[1] ?? '');
  const bits = Number(network?.[2]);
  if (network && version !== 0 && bits <= (version === 4 ? 32 : 128)) {
    const list = new BlockList();
    list.addSubnet(network[1]!, bits, familyOf(version));
    return ({ hostname }) => isIn(list, hostname);
  }
  const [, host = entry, port] = /^([^:]+|\[.+\]):(\d+)$/.exec(entry) ?? [];
  const isHost = parseHostException(host.replace(/^\[(.*)\]$/, '$1'));
  return (url) => (port === undefined || port === portOf(url)) && isHost(url);
}

function parseHostException(host: string): Exception {
  const version = isIP(host);
  if (version !== 0) {
    const list = new BlockList();
    list.addAddress(host, familyOf(version));
    return ({ hostname }) => isIn(list, hostname);
  }
  const suffix = host.replace(/^\*?\.?/, '.');
  const isBelowAlone = suffix.length <= host.length;
  return ({ hostname }) => hostname.endsWith(suffix) || (!isBelowAlone && hostname === host);
}

const familyOf = (version: number): 'ipv4' | 'ipv6' => (version === 4 ? 'ipv4' : 'ipv6');

const portOf = ({ port, protocol }: URL): string => (port === '' ? (protocol === 'https:' ? '443' : '80') : port);
