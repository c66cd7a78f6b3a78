import { isLoopback } from '../api/upstream/address.ts';
import type { EndpointOptions } from '../api/upstream/endpoint-options.ts';
import type { EndpointConfig, UpstreamConfig } from './config/upstream.ts';
import { Problems } from './failure.ts';
import { openCredentials } from './upstream-credentials.ts';
import { openTls } from './upstream-tls.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Reads what the endpoints of an upstream need: certificates, keys, secrets; `env` has the variables that are named. Opens no
 *  connection. Throws {@link Problems}, each `FILE:LINE: key.path: file: reason`. */
export async function openEndpoints(upstream: UpstreamConfig, env: Env): Promise<readonly EndpointOptions[]> {
  const mistakes: string[] = [];
  const opened: EndpointOptions[] = [];
  for (const endpoint of upstream.endpoints) opened.push(await openEndpoint(endpoint, env, mistakes));
  if (mistakes.length > 0) throw new Problems(mistakes);
  return opened;
}

async function openEndpoint(endpoint: EndpointConfig, env: Env, mistakes: string[]): Promise<EndpointOptions> {
  const { url, isDefault, at } = endpoint;
  const mistake = (key: string, reason: string) => void mistakes.push(`${at}.${key}: ${reason}`);
  const credentials = endpoint.credentials && (await openCredentials(endpoint.credentials, url, env, mistake));
  return {
    url,
    tls: await openTls(endpoint.tls, mistake),
    ...(credentials && { credentials }),
    // Never where somebody asked for https in so many words, or where a secret would be sent.
    tryPlainHttp: isDefault && !endpoint.credentials && isLoopback(new URL(url)),
  };
}
