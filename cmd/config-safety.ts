import { isIPv6 } from 'node:net';
import { isLoopback } from '../api/upstream/address.ts';
import type { Config } from './config.ts';
import { Problems } from './failure.ts';

/** That nobody on the network can pull with our credentials: an upstream that has some goes with a listener that only this machine
 *  reaches. Throws {@link Problems}, each naming the endpoint, why and what to do. */
export function assertSafe({ listen, upstreams }: Pick<Config, 'listen' | 'upstreams'>): void {
  const { host } = listen;
  const address = isIPv6(host) ? `[${host}]` : host;
  if (URL.canParse(`http://${address}`) && isLoopback(new URL(`http://${address}`))) return;
  const exposed = upstreams.flatMap(({ endpoints }) => endpoints).filter(({ credentials }) => credentials);
  if (exposed.length === 0) return;
  throw new Problems(
    exposed.map(
      ({ at }) =>
        `${at}.credentials: whoever reaches ${address} could pull with them: listen on loopback (--host 127.0.0.1)`,
    ),
  );
}
