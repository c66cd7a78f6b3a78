import type { ConfigFile } from './file.ts';
import { flagOf, variableOf, type Setting } from './setting.ts';
import { quote } from './values.ts';
import { Problems, UsageError } from '../failure.ts';

/** What a user says beside the configuration file, the strongest first. */
export interface Named {
  /** Flags that were given, by name (`--port`), with their values. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Values of a setting as they were given. */
export interface Given {
  /** The flag, the variable, or `FILE:LINE: key`: by what name to complain about them. */
  readonly by: string;
  readonly isFromFile: boolean;
  readonly values: readonly string[];
}

/** What a flag says of a setting, else a variable, else the file; undefined when nobody says anything. */
export function find(setting: Setting<unknown>, named: Named, file: ConfigFile | undefined): Given | undefined {
  const given = findNamed(setting, named);
  if (given || file === undefined) return given;
  const values = file.textsOf(setting.key);
  return values && { by: file.at(setting.key), isFromFile: true, values };
}

/** As {@link find}, without a file. */
export function findNamed(setting: Setting<unknown>, { flags, env }: Named): Given | undefined {
  const flag = flagOf(setting);
  const values = flag === undefined ? undefined : flags.get(flag);
  if (flag !== undefined && values !== undefined) return { by: flag, isFromFile: false, values };
  const variable = variableOf(setting);
  const text = env[variable];
  // An empty variable is what `docker compose` and unit files make of one that is not set.
  if (text === undefined || text === '') return undefined;
  return { by: variable, isFromFile: false, values: setting.repeatable ? text.split(',') : [text] };
}

/** The values, checked. Throws {@link refusal}. */
export function parseAll<T>(setting: Setting<T>, given: Given | undefined): T[] | undefined {
  return given?.values.map((text) => {
    const value = setting.parse(text);
    if (value === undefined) throw refusal(given, `${quote(text)}: allowed: ${setting.allowed}`);
    return value;
  });
}

/** Wrong usage when it is wrong on the command line or in a variable; a mistake in the file when it is there. */
export function refusal({ by, isFromFile }: Given, reason: string): UsageError | Problems {
  return isFromFile ? new Problems([`${by}: ${reason}`]) : new UsageError(`${by} ${reason}`);
}
