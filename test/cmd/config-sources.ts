import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, type Config, type Sources } from '../../cmd/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** What a configuration is read from in a test. */
export interface Given {
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Sources['env'];
  readonly terminal?: boolean;
  readonly serves?: boolean;
  /** The text of a configuration file. */
  readonly file?: string;
}

/** A configuration file in a folder of its own. */
export function writeConfig(text: string | Uint8Array): string {
  const path = join(tempFolder(), 'config.yaml');
  writeFileSync(path, text);
  return path;
}

export async function read({
  flags = {},
  env = {},
  terminal = false,
  serves = true,
  file,
}: Given = {}): Promise<Config> {
  const config = file === undefined ? {} : { '--config': [writeConfig(file)] };
  return readConfig({ flags: new Map(Object.entries({ ...config, ...flags })), env, terminal, serves });
}
