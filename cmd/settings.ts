import { DEFAULT_UNPACK_LIMITS } from '../api/archive/decompress.ts';
import type { Host } from '../api/oci/repository.ts';
import { admin } from './config/admin.ts';
import { htpasswd } from './config/auth.ts';
import type { FlagSetting } from './config/setting.ts';
import { tlsSettings } from './config/tls.ts';
import * as values from './config/values.ts';
import type { Mount, NamedUpstream } from './config/values.ts';
import { parseSize, SIZES } from './size.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Where the rest is set as well. */
export const configFile: FlagSetting<string> = {
  key: 'config',
  flag: '--config <file>',
  help: 'the configuration file',
  default: 'none',
  parse: values.parseNonEmpty,
  allowed: 'the path of a file',
};

export const images: FlagSetting<string> = {
  key: 'images',
  flag: '--images <dir>',
  help: 'the images folder',
  default: './images',
  parse: values.parseNonEmpty,
  allowed: 'the path of a folder',
};

export const mounts: FlagSetting<Mount> = {
  key: 'mounts',
  flag: '--mount <prefix=dir>',
  help: 'another folder, read-only, its names under prefix/; again for more',
  default: 'none',
  repeatable: true,
  parse: values.parseMount,
  allowed: 'PREFIX=DIR, where PREFIX is empty or like team/app: lower case, digits, single separators',
};

export const upstreams: FlagSetting<NamedUpstream> = {
  key: 'upstreams',
  flag: '--upstream <host[=url]>',
  help: 'a registry to fetch from, and where it answers when that is not https://host; again for more',
  default: 'none',
  repeatable: true,
  parse: values.parseUpstream,
  allowed: 'HOST or HOST=URL, like quay.io=https://mirror.example:5000',
};

export const defaultUpstream: FlagSetting<Host> = {
  key: 'defaultUpstream',
  flag: '--default-upstream <host>',
  help: 'the upstream of names that say no host',
  default: 'none',
  parse: values.parseHostName,
  allowed: values.HOSTS,
};

export const airGapped: FlagSetting<boolean> = {
  key: 'airGapped',
  flag: '--air-gapped',
  help: 'answer for upstreams from what is here; never open a connection',
  default: 'off',
  parse: values.parseBoolean,
  allowed: values.BOOLEANS,
};

export const host: FlagSetting<string> = {
  key: 'listen.host',
  flag: '--host <address>',
  help: 'the address to listen on',
  default: '127.0.0.1',
  parse: (text) => values.parseNonEmpty(text.replace(/^\[(.*)\]$/, '$1')),
  allowed: 'an address of this machine, or 0.0.0.0 or :: for all',
};

export const port: FlagSetting<number> = {
  key: 'listen.port',
  flag: '--port <number>',
  help: 'the port to listen on; 0 picks a free one',
  default: '5000',
  parse: values.parsePort,
  allowed: '0 to 65535',
};

export const sample: FlagSetting<boolean> = {
  key: 'sample',
  flag: '--sample',
  help: 'serve the built-in image sample/hello:latest too',
  default: 'off',
  parse: values.parseBoolean,
  allowed: values.BOOLEANS,
};

export const unpackRatio: FlagSetting<number> = {
  key: 'limits.unpackRatio',
  flag: '--unpack-ratio <n>',
  help: 'how many times its size a compressed archive may unpack to; 0 for no limit',
  default: String(DEFAULT_UNPACK_LIMITS.ratio),
  parse: values.parseCount,
  allowed: values.COUNTS,
};

export const unpackBytes: FlagSetting<number> = {
  key: 'limits.unpackBytes',
  flag: '--unpack-bytes <size>',
  help: 'how much a compressed archive may unpack to; 0 for no limit',
  default: `${DEFAULT_UNPACK_LIMITS.bytes / 2 ** 30}GiB`,
  parse: parseSize,
  allowed: SIZES,
};

/** For commands that look into archives. */
export const unpackSettings: readonly FlagSetting<unknown>[] = [unpackRatio, unpackBytes];

export const logLevel: FlagSetting<LogLevel> = {
  key: 'log.level',
  flag: '--log-level <level>',
  help: `what to log: ${LOG_LEVELS.join(', ')}`,
  default: 'info',
  parse: (text) => LOG_LEVELS.find((level) => level === text),
  allowed: LOG_LEVELS.join(', '),
};

export const logFormat: FlagSetting<LogFormat> = {
  key: 'log.format',
  flag: '--log-format <format>',
  help: `how to log: ${LOG_FORMATS.join(', ')}`,
  default: 'text on a terminal, else json',
  parse: (text) => LOG_FORMATS.find((format) => format === text),
  allowed: LOG_FORMATS.join(', '),
};

/** Those that every command takes. */
export const globalSettings: readonly FlagSetting<unknown>[] = [configFile, images, logLevel, logFormat];

/** For commands that serve, or say what serving would be like. */
export const serveSettings: readonly FlagSetting<unknown>[] = [
  mounts,
  host,
  port,
  ...tlsSettings,
  htpasswd,
  admin,
  sample,
  upstreams,
  defaultUpstream,
  airGapped,
  ...unpackSettings,
];
