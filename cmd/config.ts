import { DEFAULT_UNPACK_LIMITS, type UnpackLimits } from '../api/archive/decompress.ts';
import { MAX_MANIFEST_BYTES } from '../api/oci/manifest.ts';
import type { Host } from '../api/oci/repository.ts';
import type { ConfigFile } from './config/file.ts';
import { readAuth, type AuthConfig } from './config/auth.ts';
import { readAdmin, type AdminAddress } from './config/admin.ts';
import { readLimits, trustedProxies, type HttpLimits } from './config/limits.ts';
import * as plain from './config/plain-settings.ts';
import { find, findNamed, parseAll, refusal, type Given, type Named } from './config/given.ts';
import type { Setting } from './config/setting.ts';
import { readTlsConfig, type TlsConfig } from './config/tls.ts';
import { withNamed, type UpstreamConfig } from './config/upstream.ts';
import type { Mount } from './config/values.ts';
import * as settings from './settings.ts';
import type { LogFormat, LogLevel } from './settings.ts';

/** What the program was told, whole: checked, with defaults. Nothing in it can be changed. */
export interface Config {
  /** The configuration file, when there is one. */
  readonly file: string | undefined;
  readonly images: string;
  readonly mounts: readonly Mount[];
  readonly listen: { readonly host: string; readonly port: number; readonly trustedProxies: readonly string[] };
  /** Undefined for http. */
  readonly tls: TlsConfig | undefined;
  /** Undefined: everybody is let in, to all. */
  readonly auth: AuthConfig | undefined;
  /** Where there is an admin listener; undefined for nowhere. */
  readonly admin: AdminAddress | undefined;
  readonly sample: boolean;
  /** How long answers in progress have to end. */
  readonly shutdownGraceMs: number;
  readonly log: {
    readonly level: LogLevel;
    readonly format: LogFormat;
    readonly colour: boolean;
    readonly accessLog: boolean;
    /** Whether each pull is told of. */
    readonly audit: boolean;
    /** Where the log of `serve` is appended to; standard error otherwise. */
    readonly file: string | undefined;
  };
  /** Infinity is no limit. */
  readonly limits: HttpLimits & {
    readonly unpack: UnpackLimits;
    readonly manifestBytes: number;
    readonly tagsPage: number;
  };
  readonly catalog: boolean;
  /** Each host once. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly defaultUpstream: Host | undefined;
  readonly airGapped: boolean;
  readonly cache: {
    /** Infinity is no limit. */
    readonly maxBytes: number;
    readonly minFreeBytes: number;
    /** Globs over `repository:tag`, the host before the name. */
    readonly pins: readonly string[];
    /** Undefined: what is kept is not hashed again. */
    readonly scrubBytesPerSecond: number | undefined;
  };
}

/** What settings come from, but for the file that they name. */
export interface Sources extends Named {
  /** Whether the log is read by a person as it comes. */
  readonly terminal: boolean;
  /** Whether upstreams are served, so that the default one must be among them. */
  readonly serves: boolean;
}

/** The only reader of settings: flag, then variable, then file, then default. Throws UsageError naming the flag or the variable,
 *  Problems naming file, line and key. */
export async function readConfig(sources: Sources): Promise<Config> {
  const path = parseAll(settings.configFile, findNamed(settings.configFile, sources))?.at(-1);
  // Only now: what reads it takes longer to load than most commands take without it.
  const file = path === undefined ? undefined : await (await import('./config/file.ts')).readConfigFile(path);
  const all = <T>(setting: Setting<T>): T[] | undefined => parseAll(setting, find(setting, sources, file));
  const one = <T>(setting: Setting<T>): T | undefined => all(setting)?.at(-1);
  const logFile = one(plain.logFile);
  const tls = readTlsConfig(one, (setting) => find(setting, sources, file));
  const config: Config = {
    file: path,
    images: one(settings.images) ?? settings.images.default,
    mounts: all(settings.mounts) ?? [],
    listen: {
      host: one(settings.host) ?? settings.host.default,
      port: one(settings.port) ?? 5000,
      trustedProxies: all(trustedProxies) ?? [],
    },
    tls,
    auth: readAuth(sources, file, tls !== undefined && tls.clientAuth !== 'none'),
    admin: readAdmin(sources, file),
    sample: one(settings.sample) ?? false,
    shutdownGraceMs: one(plain.shutdownGrace) ?? 30_000,
    log: {
      level: one(settings.logLevel) ?? 'info',
      format:
        one(settings.logFormat) ?? (sources.terminal && !(sources.serves && logFile !== undefined) ? 'text' : 'json'),
      // https://no-color.org: present and not empty
      colour: sources.terminal && !(sources.serves && logFile !== undefined) && (sources.env['NO_COLOR'] ?? '') === '',
      accessLog: one(plain.accessLog) ?? true,
      audit: one(plain.audit) ?? false,
      file: logFile,
    },
    limits: {
      ...readLimits(one),
      unpack: {
        ratio: one(settings.unpackRatio) ?? DEFAULT_UNPACK_LIMITS.ratio,
        bytes: one(settings.unpackBytes) ?? DEFAULT_UNPACK_LIMITS.bytes,
      },
      manifestBytes: one(plain.manifestBytes) ?? MAX_MANIFEST_BYTES,
      tagsPage: one(plain.tagsPage) ?? 1000,
    },
    catalog: one(plain.catalog) ?? true,
    upstreams: readUpstreams(sources, file),
    defaultUpstream: one(settings.defaultUpstream),
    airGapped: one(settings.airGapped) ?? false,
    cache: {
      maxBytes: one(plain.cacheMaxBytes) ?? Infinity,
      minFreeBytes: one(plain.cacheMinFree) ?? 2 ** 30,
      pins: all(plain.cachePins) ?? [],
      scrubBytesPerSecond: one(plain.cacheScrub),
    },
  };
  const givenDefault = find(settings.defaultUpstream, sources, file);
  if (sources.serves && givenDefault) checkDefaultUpstream(config, givenDefault);
  return deepFreeze(config);
}

/** What the file configures; hosts that variables name, and over them those that flags name, answer where those say. */
function readUpstreams({ flags, env }: Sources, file: ConfigFile | undefined): UpstreamConfig[] {
  const sources = [
    { env, flags: new Map<string, readonly string[]>() },
    { env: {}, flags },
  ];
  return sources.reduce<UpstreamConfig[]>(
    (upstreams, source) => {
      const given = findNamed(settings.upstreams, source);
      return given ? withNamed(upstreams, parseAll(settings.upstreams, given) ?? [], given.by) : upstreams;
    },
    [...(file?.upstreams ?? [])],
  );
}

function checkDefaultUpstream({ upstreams, defaultUpstream }: Config, given: Given): void {
  if (upstreams.some(({ host }) => host === defaultUpstream)) return;
  const wayOut = given.isFromFile ? `add "${defaultUpstream!}: {}" to upstreams` : `add --upstream ${defaultUpstream!}`;
  throw refusal(given, `${defaultUpstream!}: no such upstream: ${wayOut}`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
