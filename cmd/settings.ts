import { DEFAULT_UNPACK_LIMITS } from '../api/archive/decompress.ts';
import { isHost, isRepositoryName, parseHost, type Host } from '../api/oci/repository.ts';
import { parseSize, SIZES } from './size.ts';

/** Something a user sets by flag, by variable or not at all. */
export interface Setting<T> {
  /** Its path in the configuration, `listen.port`; the variable's name is made from it. */
  readonly key: string;
  /** The flag, as commander takes it. A flag without a value says `true`. */
  readonly flag: string;
  readonly help: string;
  readonly default: string;
  /** Given again, or as a comma list in the variable, it is a list. */
  readonly repeatable?: true;
  /** Text to value; undefined when it is not {@link Setting.allowed}. */
  readonly parse: (text: string) => T | undefined;
  /** What `parse` takes, for people. */
  readonly allowed: string;
}

/** Another folder to serve, read-only, its names under `prefix/`; an empty prefix merges it in. */
export interface Mount {
  readonly prefix: string;
  readonly path: string;
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const LOG_FORMATS = ['text', 'json'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export const images: Setting<string> = {
  key: 'images',
  flag: '--images <dir>',
  help: 'the images folder',
  default: './images',
  parse: nonEmpty,
  allowed: 'the path of a folder',
};

export const mounts: Setting<Mount> = {
  key: 'mounts',
  flag: '--mount <prefix=dir>',
  help: 'another folder, read-only, its names under prefix/; again for more',
  default: 'none',
  repeatable: true,
  parse: parseMount,
  allowed: 'PREFIX=DIR, where PREFIX is empty or like team/app: lower case, digits, single separators',
};

/** A registry that images are fetched from, and where it answers when that is not its own address. */
export interface Upstream {
  readonly host: Host;
  readonly url?: string;
}

export const upstreams: Setting<Upstream> = {
  key: 'upstreams',
  flag: '--upstream <host[=url]>',
  help: 'where a registry answers, when that is not https://host; again for more',
  default: 'none',
  repeatable: true,
  parse: parseUpstream,
  allowed: 'HOST or HOST=URL, like quay.io=https://mirror.example:5000',
};

export const host: Setting<string> = {
  key: 'listen.host',
  flag: '--host <address>',
  help: 'the address to listen on',
  default: '127.0.0.1',
  parse: (text) => nonEmpty(text.replace(/^\[(.*)\]$/, '$1')),
  allowed: 'an address of this machine, or 0.0.0.0 or :: for all',
};

export const port: Setting<number> = {
  key: 'listen.port',
  flag: '--port <number>',
  help: 'the port to listen on; 0 picks a free one',
  default: '5000',
  parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined),
  allowed: '0 to 65535',
};

export const sample: Setting<boolean> = {
  key: 'sample',
  flag: '--sample',
  help: 'serve the built-in image sample/hello:latest too',
  default: 'off',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  allowed: 'true or false',
};

export const unpackRatio: Setting<number> = {
  key: 'limits.unpackRatio',
  flag: '--unpack-ratio <n>',
  help: 'how many times its size a compressed archive may unpack to; 0 for no limit',
  default: String(DEFAULT_UNPACK_LIMITS.ratio),
  parse: (text) => (/^\d{1,9}$/.test(text) ? Number(text) || Infinity : undefined),
  allowed: 'a whole number; 0 for no limit',
};

export const unpackBytes: Setting<number> = {
  key: 'limits.unpackBytes',
  flag: '--unpack-bytes <size>',
  help: 'how much a compressed archive may unpack to; 0 for no limit',
  default: `${DEFAULT_UNPACK_LIMITS.bytes / 2 ** 30}GiB`,
  parse: parseSize,
  allowed: SIZES,
};

/** For commands that look into archives. */
export const unpackSettings: readonly Setting<unknown>[] = [unpackRatio, unpackBytes];

export const logLevel: Setting<LogLevel> = {
  key: 'log.level',
  flag: '--log-level <level>',
  help: `what to log: ${LOG_LEVELS.join(', ')}`,
  default: 'info',
  parse: (text) => LOG_LEVELS.find((level) => level === text),
  allowed: LOG_LEVELS.join(', '),
};

export const logFormat: Setting<LogFormat> = {
  key: 'log.format',
  flag: '--log-format <format>',
  help: `how to log: ${LOG_FORMATS.join(', ')}`,
  default: 'text on a terminal, else json',
  parse: (text) => LOG_FORMATS.find((format) => format === text),
  allowed: LOG_FORMATS.join(', '),
};

/** Those that every command takes. */
export const globalSettings: readonly Setting<unknown>[] = [images, logLevel, logFormat];

/** `listen.port` is set by `OCIREGISTRY_LISTEN_PORT`. */
export function variableOf({ key }: Setting<unknown>): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('.', '_');
  return `OCIREGISTRY_${words.toUpperCase()}`;
}

/** `--port`, without the value. */
export const flagOf = ({ flag }: Setting<unknown>): string => flag.replace(/ .*/, '');

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function parseUpstream(text: string): Upstream | undefined {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const url = equals < 0 ? undefined : text.slice(equals + 1);
  if (!isHost(name)) return undefined;
  if (url === undefined) return { host: parseHost(name) };
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? { host: parseHost(name), url } : undefined;
}

function parseMount(text: string): Mount | undefined {
  const equals = text.indexOf('=');
  const prefix = text.slice(0, equals);
  const path = text.slice(equals + 1);
  if (equals < 0 || path === '' || (prefix !== '' && !isRepositoryName(prefix))) return undefined;
  return { prefix, path };
}
