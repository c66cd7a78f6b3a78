import { Command, Option, type CommanderError } from 'commander';
import type { Writable } from 'node:stream';
import type { Log } from '../api/log.ts';
import type { Config } from './config.ts';
import { flagOf, variableOf, type FlagSetting } from './config/setting.ts';
import { UsageError } from './failure.ts';

/** One command of the program: what its help says, what it takes, what it does. */
export interface CommandSpec {
  readonly name: string;
  /** As commander takes it, with what it is for. */
  readonly argument?: readonly [name: string, help: string];
  /** One line. */
  readonly purpose: string;
  /** Beside the global ones. */
  readonly settings: readonly FlagSetting<unknown>[];
  /** What concerns only this command, and no configuration. */
  readonly options?: readonly Option[];
  readonly examples: readonly [string, string];
  /** Loads the command's code only now, so that `--help` need not wait for it. */
  readonly run: (call: Call) => Promise<void>;
}

/** Commands that share a word: `export oci-archive` is the command `oci-archive` of the group `export`. */
export interface CommandGroup {
  readonly name: string;
  /** One line. */
  readonly purpose: string;
  readonly examples: readonly [string, string];
  readonly commands: readonly CommandSpec[];
}

/** What a command runs with. */
export interface Call {
  readonly config: Config;
  readonly log: Log;
  /** Writes a line into the log, as JSON, for who keeps account of what was pulled. */
  readonly audit: (fields: object) => void;
  /** Has the log go on there. */
  readonly logTo: (stream: Writable) => void;
  readonly args: readonly string[];
  /** The values of {@link CommandSpec.options}. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Reads the configuration once more, from where it came. Throws as that did. */
  readonly reread: () => Promise<Config>;
  /** What is logged from now on, and how. */
  readonly relog: (config: Config['log']) => void;
  /** Results, to stdout. */
  readonly print: (output: string | Uint8Array) => void;
}

/** Flags as they were given, by name. */
type Flags = ReadonlyMap<string, readonly string[]>;

/** A setting as an option of a command; its value is only collected here, and checked with the rest of the configuration. */
export function settingOption(setting: FlagSetting<unknown>): Option {
  const { flag, help, default: byDefault } = setting;
  const option = new Option(flag, `${help} (default: ${byDefault}; env: ${variableOf(setting)})`);
  // Of a flag without a value commander would ask the parser too, and has none to give.
  return option.required ? option.argParser((value, before?: readonly string[]) => [...(before ?? []), value]) : option;
}

/** The flags among a command's settings that were given. */
export function givenFlags(command: Command, settings: readonly FlagSetting<unknown>[]): Flags {
  const flags = new Map<string, readonly string[]>();
  const given: Readonly<Record<string, readonly string[] | true | undefined>> = command.optsWithGlobals();
  for (const setting of settings) {
    const value = given[new Option(setting.flag).attributeName()];
    if (value !== undefined) flags.set(flagOf(setting), value === true ? ['true'] : value);
  }
  return flags;
}

/** Makes wrong usage an error for the caller, who prints it, instead of an exit. */
export function throwUsageErrors(command: Command, path: string): Command {
  return command.configureOutput({ outputError: () => undefined }).exitOverride((err: CommanderError) => {
    if (err.exitCode === 0 || err.code === 'commander.help') throw err;
    throw new UsageError(`${usageMessage(err.message)} (see ${path} --help)`);
  });
}

/** commander's words without its prefix, on one line: `unknown option '--prot', did you mean --port?`. */
function usageMessage(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\(Did you mean (.*)\)$/, ', did you mean $1')
    .replace(/\.$/, '');
}
