import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const NOT_PUBLIC = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Shared by providers; one cloud has its metadata there. RFC 6598.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  NOT_PUBLIC.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  NOT_PUBLIC.addSubnet(address, prefix, 'ipv6');

/** Whether a URL's host is this machine, by its name or its address. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isIn(LOOPBACK, hostname);
}

/** Whether `url` names a private, loopback or link-local address outright, which `home` is not. Somebody who says where
 *  to go next must not send us to services that only we can reach. */
export function isForbiddenAddress(url: URL, home: URL): boolean {
  if (url.hostname === home.hostname || (isLoopback(url) && isLoopback(home))) return false;
  return isLoopback(url) || isIn(NOT_PUBLIC, url.hostname);
}

/** Whether a URL's host is an address that is in a list. */
export function isIn(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
