import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** Tells who sent a request, as an address without a port; empty when the connection is gone by now. */
export type ClientOf = (req: IncomingMessage) => string;

/** Proxies that say truly who asked them, as addresses and networks in CIDR notation. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** Throws for what is neither, which {@link isNetwork} tells beforehand. */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    return !this.#isEmpty && isIP(address) > 0 && this.#list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  /** Whoever speaks to us; for a trusted proxy whom it names in `X-Forwarded-For`: from the right, the first who is no trusted proxy. What
   *  stands left of that anybody may have written. */
  readonly clientOf: ClientOf = ({ socket, headersDistinct }) => {
    let client = plainAddress(socket.remoteAddress ?? '');
    if (!this.has(client)) return client;
    const forwarded = (headersDistinct['x-forwarded-for'] ?? []).join(',').split(',');
    for (const entry of forwarded.reverse()) {
      const address = parseForwarded(entry.trim());
      if (address === undefined) return client;
      client = address;
      if (!this.has(client)) return client;
    }
    return client;
  };
}

/** Whether a text is an address, or a network like `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : -1;
  return most > 0 && Number(bits ?? 0) <= most;
}

/** Who shares a limit: an IPv4 address, or the 64 bits of IPv6 that are one subscriber's. */
export function limitedAs(client: string): string {
  if (!isIPv6(client)) return client;
  const [head = '', tail] = client.replace(/%.*$/, '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...gap, ...right].slice(0, 4).join(':');
}

/** IPv4 on a socket for both is written as IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** Some proxies add the port. */
function parseForwarded(entry: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(entry)?.[1] ?? entry;
  const address = plainAddress(bare);
  return isIP(address) > 0 ? address : undefined;
}
