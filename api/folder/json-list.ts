import { NotServed } from './not-served.ts';

/** A JSON list out of a file; `file` is what an error calls it. Throws NotServed. */
export function parseJsonList(file: string, bytes: Buffer): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new NotServed(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(json)) throw new NotServed(`${file}: not a list of images`);
  return json as readonly unknown[];
}
