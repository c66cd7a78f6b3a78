#!/usr/bin/env node
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { givenFlags, settingOption, throwUsageErrors, type CommandGroup, type CommandSpec } from './command.ts';
import { commands } from './commands.ts';
import { readConfig, type Config } from './config.ts';
import { codeOf, describe, Problems, UsageError } from './failure.ts';
import { createLog } from './log.ts';
import { printable } from './printable.ts';
import { defaultUpstream, globalSettings } from './settings.ts';
import { readVersion } from './version.ts';

const NAME = 'ociregistry';
/** Whether an error is shown with where it came from. */
let debugging = false;

function createProgram(): Command {
  const program = new Command(NAME)
    .description('A container registry that can only be pulled from: serves a folder of images.')
    .version(readVersion())
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\nExamples:\n  ${NAME} serve --sample\n  ${NAME} list --images /srv/images`);
  throwUsageErrors(program, NAME);
  for (const setting of globalSettings) program.addOption(settingOption(setting));
  for (const spec of commands) addCommand(program, NAME, spec);
  return program;
}

/** `path` is what stands before the command's name. A group that is called without one of its commands prints its help. */
function addCommand(parent: Command, path: string, spec: CommandSpec | CommandGroup): void {
  const command = parent.command(spec.name).description(spec.purpose);
  throwUsageErrors(command, `${path} ${spec.name}`);
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}`);
  if ('commands' in spec) {
    for (const each of spec.commands) addCommand(command, `${path} ${spec.name}`, each);
    return;
  }
  if (spec.argument) command.argument(...spec.argument);
  for (const setting of spec.settings) command.addOption(settingOption(setting));
  for (const option of spec.options ?? []) command.addOption(option);
  command.action(() => run(spec, command));
}

async function run(spec: CommandSpec, command: Command): Promise<void> {
  const reread = (): Promise<Config> =>
    readConfig({
      flags: givenFlags(command, [...globalSettings, ...spec.settings]),
      env: process.env,
      terminal: process.stderr.isTTY,
      serves: spec.settings.includes(defaultUpstream),
    });
  const config = await reread();
  debugging = config.log.level === 'debug';
  const { log, audit, to: logTo, change: relog, end } = createLog(config.log, process.stderr);
  try {
    const print = (output: string | Uint8Array) => void process.stdout.write(output);
    await spec.run({ config, log, audit, logTo, args: command.args, options: command.opts(), reread, relog, print });
  } finally {
    await end();
  }
}

/** Runs the program to its end and gives the exit status. */
async function main(): Promise<number> {
  try {
    await createProgram().parseAsync();
    return 0;
  } catch (err) {
    return report(err);
  }
}

/** Tells of an error on stderr and gives the exit status that it stands for. */
function report(err: unknown): number {
  // Help and version have been printed; help that nobody asked for means that there was no command.
  if (err instanceof CommanderError) return err.exitCode === 0 ? 0 : 2;
  const lines = err instanceof Problems ? err.problems : [describe(err)];
  for (const line of lines) process.stderr.write(`${NAME}: ${printable(line)}\n`);
  if (debugging) process.stderr.write(`${inspect(err)}\n`);
  return err instanceof UsageError ? 2 : 1;
}

// `ociregistry list | head` is no failure, and `serve` goes on when nobody reads its log any more.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (err) => {
    if (codeOf(err) !== 'EPIPE') throw err;
  });
}

process.on('uncaughtException', (err) => process.exit(report(err)));

const status = await main();
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
process.exit(status);
