import { DEFAULT_UNPACK_LIMITS, type UnpackLimits } from '../api/archive/decompress.ts';
import { UsageError } from './failure.ts';
import * as settings from './settings.ts';
import type { LogFormat, LogLevel, Mount, Setting, Upstream } from './settings.ts';

/** What the program was told, whole: checked, with defaults. */
export interface Config {
  readonly images: string;
  readonly mounts: readonly Mount[];
  readonly upstreams: readonly Upstream[];
  readonly listen: { readonly host: string; readonly port: number };
  readonly sample: boolean;
  readonly limits: { readonly unpack: UnpackLimits };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly colour: boolean };
}

/** Where settings come from, the strongest first. */
export interface Sources {
  /** Flags that were given, by name (`--port`), with their values. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the log is read by a person as it comes. */
  readonly terminal: boolean;
}

/** Values as they were given, and by what name to complain about them. */
interface Given {
  readonly by: string;
  readonly values: readonly string[];
}

/** The only reader of settings: flag, then variable, then default. Throws {@link UsageError} naming the flag or the variable. */
export function readConfig(sources: Sources): Config {
  const one = <T>(setting: Setting<T>, fallback: T): T => readAll(setting, sources)?.at(-1) ?? fallback;
  return Object.freeze({
    images: one(settings.images, settings.images.default),
    mounts: Object.freeze(readAll(settings.mounts, sources) ?? []),
    upstreams: Object.freeze(readAll(settings.upstreams, sources) ?? []),
    listen: Object.freeze({ host: one(settings.host, settings.host.default), port: one(settings.port, 5000) }),
    sample: one(settings.sample, false),
    limits: Object.freeze({
      unpack: Object.freeze({
        ratio: one(settings.unpackRatio, DEFAULT_UNPACK_LIMITS.ratio),
        bytes: one(settings.unpackBytes, DEFAULT_UNPACK_LIMITS.bytes),
      }),
    }),
    log: Object.freeze({
      level: one(settings.logLevel, 'info'),
      format: one(settings.logFormat, sources.terminal ? 'text' : 'json'),
      // https://no-color.org: present and not empty
      colour: sources.terminal && (sources.env['NO_COLOR'] ?? '') === '',
    }),
  });
}

function readAll<T>(setting: Setting<T>, sources: Sources): T[] | undefined {
  const given = find(setting, sources);
  return given?.values.map((text) => {
    const value = setting.parse(text);
    if (value === undefined) throw new UsageError(`${given.by} ${JSON.stringify(text)}: allowed: ${setting.allowed}`);
    return value;
  });
}

function find(setting: Setting<unknown>, { flags, env }: Sources): Given | undefined {
  const flag = settings.flagOf(setting);
  const values = flags.get(flag);
  if (values !== undefined) return { by: flag, values };
  const variable = settings.variableOf(setting);
  const text = env[variable];
  // An empty variable is what `docker compose` and unit files make of one that is not set.
  if (text === undefined || text === '') return undefined;
  return { by: variable, values: setting.repeatable ? text.split(',') : [text] };
}
