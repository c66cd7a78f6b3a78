import { jsonExcess } from '../oci/json-limits.ts';
import { NotServed } from './not-served.ts';

/** JSON out of a file; `file` is what an error calls it. Throws NotServed. */
export function parseJsonFile(file: string, bytes: Buffer): unknown {
  const excess = jsonExcess(bytes);
  if (excess !== undefined) throw new NotServed(`${file}: ${excess}`);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new NotServed(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** A JSON list out of a file; `file` is what an error calls it. Throws NotServed. */
export function parseJsonList(file: string, bytes: Buffer): readonly unknown[] {
  const json = parseJsonFile(file, bytes);
  if (!Array.isArray(json)) throw new NotServed(`${file}: not a list of images`);
  return json as readonly unknown[];
}
