import { parseConfigFile, type ConfigFile } from '../../cmd/config/file.ts';
import { Problems } from '../../cmd/failure.ts';

export const parseText = (text: string | Uint8Array): ConfigFile => parseConfigFile(Buffer.from(text), 'c.yaml');

/** What is wrong with a configuration file, a line for each. */
export function problemsOf(text: string | Uint8Array): readonly string[] {
  try {
    parseText(text);
  } catch (err) {
    if (err instanceof Problems) return err.problems;
    throw err;
  }
  return [];
}
