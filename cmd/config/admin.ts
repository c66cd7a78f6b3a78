import type { ConfigFile } from './file.ts';
import { find, findNamed, parseAll, type Named } from './given.ts';
import type { FlagSetting, Setting } from './setting.ts';
import { parseNonEmpty, parsePort } from './values.ts';

/** Where the admin listener is: on a port, or on a socket of the file system. */
export type AdminAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

const DEFAULT_HOST = '127.0.0.1';

export const admin: FlagSetting<AdminAddress> = {
  key: 'admin',
  flag: '--admin <[host:]port>',
  help: `where to answer operators (health, metrics, prune), on ${DEFAULT_HOST} unless a host is said; or the path of a socket`,
  default: 'nowhere',
  parse: parseAddress,
  allowed: 'a port, HOST:PORT, or the path of a socket with a / in it',
};

export const adminHost: Setting<string> = {
  key: 'admin.host',
  help: 'the address that the admin listener listens on',
  default: DEFAULT_HOST,
  parse: parseNonEmpty,
  allowed: 'an address of this machine',
};

export const adminPort: Setting<number> = {
  key: 'admin.port',
  help: 'the port that the admin listener listens on; 0 picks a free one',
  default: 'none',
  parse: parsePort,
  allowed: '0 to 65535',
};

export const adminSocket: Setting<string> = {
  key: 'admin.socket',
  help: 'a socket of the file system that the admin listener listens on instead',
  default: 'none',
  parse: parseNonEmpty,
  allowed: 'the path of a socket',
};

/** Where there is to be an admin listener; undefined for nowhere. */
export function readAdmin(named: Named, file: ConfigFile | undefined): AdminAddress | undefined {
  const whole = parseAll(admin, findNamed(admin, named))?.at(-1);
  if (whole !== undefined) return whole;
  const one = <T>(setting: Setting<T>): T | undefined => parseAll(setting, find(setting, named, file))?.at(-1);
  const socket = one(adminSocket);
  if (socket !== undefined) return { socket };
  const port = one(adminPort);
  return port === undefined ? undefined : { host: one(adminHost) ?? DEFAULT_HOST, port };
}

/** `5001`, `10.0.0.1:5001`, `[::1]:5001`, `/run/ociregistry/admin.sock`. */
function parseAddress(text: string): AdminAddress | undefined {
  if (text.includes('/')) return { socket: text };
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(text);
  const port = match?.[3] === undefined ? undefined : parsePort(match[3]);
  return port === undefined ? undefined : { host: match?.[1] ?? match?.[2] ?? DEFAULT_HOST, port };
}
