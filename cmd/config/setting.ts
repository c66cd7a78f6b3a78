/** Something a user sets by flag, by variable, in the configuration file or not at all. */
export interface Setting<T> {
  /** Its path in the configuration, `listen.port`; the variable's name is made from it. */
  readonly key: string;
  /** The flag, as commander takes it; what has none is set by file or variable. A flag without a value says `true`. */
  readonly flag?: string;
  readonly help: string;
  readonly default: string;
  /** Given again, or as a comma list in the variable, it is a list. */
  readonly repeatable?: true;
  /** Text to value; undefined when it is not {@link Setting.allowed}. */
  readonly parse: (text: string) => T | undefined;
  /** What `parse` takes, for people. */
  readonly allowed: string;
}

/** One that has a flag. */
export type FlagSetting<T> = Setting<T> & { readonly flag: string };

/** `listen.port` is set by `OCIREGISTRY_LISTEN_PORT`. */
export function variableOf({ key }: Setting<unknown>): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('.', '_');
  return `OCIREGISTRY_${words.toUpperCase()}`;
}

/** `--port`, without the value; undefined when there is no flag. */
export function flagOf(setting: FlagSetting<unknown>): string;
export function flagOf(setting: Setting<unknown>): string | undefined;
export function flagOf({ flag }: Setting<unknown>): string | undefined {
  return flag?.replace(/ .*/, '');
}
