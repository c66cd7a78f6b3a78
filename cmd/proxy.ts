import type { ProxyOptions } from '../api/upstream/proxy-rules.ts';

/** The proxies that the environment names, as Go reads it: in capitals or not. Undefined when there are none. */
export function proxyOf(env: Readonly<Record<string, string | undefined>>): ProxyOptions | undefined {
  const of = (name: string): string | undefined => env[name] ?? env[name.toLowerCase()];
  const [httpProxy, httpsProxy, noProxy] = [of('HTTP_PROXY'), of('HTTPS_PROXY'), of('NO_PROXY')].map((text) =>
    text === '' ? undefined : text,
  );
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  return {
    ...(httpProxy !== undefined && { httpProxy }),
    ...(httpsProxy !== undefined && { httpsProxy }),
    ...(noProxy !== undefined && { noProxy }),
  };
}
