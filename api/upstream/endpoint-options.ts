import { DOCKER_HUB, type Host } from '../oci/repository.ts';
import { isLoopback } from './address.ts';
import type { CredentialsProvider } from './credentials.ts';
import type { TlsOptions } from './agent.ts';
import type { ProxyOptions } from './proxy-rules.ts';

/** One address that a registry answers at. */
export interface EndpointOptions {
  /** `https://registry-1.docker.io`, `https://mirror.example:5000/path`. Requests go to `/v2/` below it; a path that
   *  has a `v2` in it (`https://harbor.example/v2/hub`) stands for itself. */
  readonly url: string;
  readonly tls?: TlsOptions;
  readonly credentials?: CredentialsProvider;
  readonly proxy?: ProxyOptions;
  /** On this machine: http, when https turns out not to be spoken there. */
  readonly tryPlainHttp?: boolean;
}

/** What a user says of a host on the command line. */
export interface HostOptions {
  readonly plainHttp?: boolean;
  /** Takes any certificate. */
  readonly insecure?: boolean;
  /** PEM. */
  readonly ca?: string;
  readonly credentials?: CredentialsProvider;
}

/** Where a host that is not configured answers: at itself by https, on this machine by http as well, Docker Hub where
 *  its API is. */
export function endpointsFor(host: Host, options: HostOptions = {}): readonly EndpointOptions[] {
  const { plainHttp = false, insecure, ca, credentials } = options;
  const address = host === DOCKER_HUB ? 'registry-1.docker.io' : host;
  const url = `${plainHttp ? 'http' : 'https'}://${address}`;
  return [
    {
      url,
      tls: { ...(ca !== undefined && { ca }), ...(insecure && { insecureSkipVerify: true }) },
      ...(credentials && { credentials }),
      tryPlainHttp: isLoopback(new URL(url)),
    },
  ];
}

/** Where an endpoint's requests begin: ends with a slash. Throws for what is no address. */
export function baseOf(text: string): URL {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw new Error(`not an http or https URL: ${text}`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw new Error(`a URL with credentials in it: ${url.host}`);
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  if (!segments.includes('v2')) segments.push('v2');
  return new URL(`/${segments.join('/')}/`, url.origin);
}
