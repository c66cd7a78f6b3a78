import type { Socket } from 'node:net';
import { limitedAs, type TrustedProxies } from './client-address.ts';
import type { CountedLimit, Limits } from './limits.ts';
import { Quota } from './quota.ts';

type ConnectionLimits = Pick<Limits, 'connections' | 'connectionsPerClient'>;

/** Counts the open connections, of each address that they come from. */
export class ConnectionLimit {
  /** May be changed: what is open counts on. */
  limits: ConnectionLimits;
  readonly #proxies: TrustedProxies;
  readonly #quota = new Quota();

  constructor(limits: ConnectionLimits, proxies: TrustedProxies) {
    this.limits = limits;
    this.#proxies = proxies;
  }

  /** Counts a connection until it is closed; gives the limit that it is over, and then does not. */
  take(socket: Socket): CountedLimit | undefined {
    const { connections: total, connectionsPerClient } = this.limits;
    const address = socket.remoteAddress ?? '';
    // All that a proxy passes on comes from it.
    const perClient = this.#proxies.has(address) ? Infinity : connectionsPerClient;
    const client = limitedAs(address);
    const exhausted = this.#quota.take(client, { total, perClient });
    if (exhausted !== undefined) return exhausted === 'total' ? 'connections' : 'connectionsPerClient';
    socket.once('close', () => this.#quota.release(client));
    return undefined;
  }
}
