import { isIPv6 } from 'node:net';
import { isLoopback } from '../../api/upstream/address.ts';
import type { Config } from '../config.ts';
import type { UpstreamConfig } from './upstream.ts';
import { Problems } from '../failure.ts';

/** Whether only this machine reaches what listens there. */
export function isLoopbackHost(host: string): boolean {
  const url = `http://${formatHost(host)}`;
  return URL.canParse(url) && isLoopback(new URL(url));
}

const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** That nobody on the network can pull with our credentials unless the configuration says so in words: an upstream that has some goes with
 *  a listener that only this machine reaches, or with `auth`, whose anonymous globs name that upstream. Throws {@link Problems}, each naming
 *  what is wrong, why and what to do. */
export function assertSafe({ listen, upstreams, auth }: Pick<Config, 'listen' | 'upstreams' | 'auth'>): void {
  if (isLoopbackHost(listen.host)) return;
  const exposed = upstreams.filter(({ endpoints }) => endpoints.some(({ credentials }) => credentials));
  const problems =
    auth === undefined
      ? exposed.flatMap((upstream) => withoutLogin(upstream, formatHost(listen.host)))
      : exposed.flatMap((upstream) => withoutWords(upstream, auth.anonymous));
  if (problems.length > 0) throw new Problems(problems);
}

const withoutLogin = ({ host, endpoints }: UpstreamConfig, address: string): readonly string[] =>
  endpoints
    .filter(({ credentials }) => credentials)
    .map(
      ({ at }) =>
        `${at}.credentials: whoever reaches ${address} could pull with them: say who may log in (auth), or that anyone may ` +
        `(auth: { anonymous: ["${host}/**"] }), or listen on loopback (--host 127.0.0.1)`,
    );

/** Globs that begin with a wildcard take in whatever upstream is added some day. */
function withoutWords({ host }: UpstreamConfig, anonymous: readonly string[]): readonly string[] {
  if (anonymous.includes(`${host}/**`)) return [];
  return anonymous
    .filter((glob) => /[*?[{]/.test(glob.split('/')[0]!))
    .map(
      (glob) =>
        `auth.anonymous: "${glob}" lets anyone pull with the credentials of ${host}: say so in words, "${host}/**", or name what is meant`,
    );
}
