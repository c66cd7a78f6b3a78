import { readFileSync } from 'node:fs';
import { codeOf } from './failure.ts';

/** Where package.json lies: beside `cmd/` in a clone, above `bin/dist/cmd/` when compiled. */
const PLACES = ['../package.json', '../../../package.json'];

/** The version of this program. */
export function readVersion(): string {
  for (const place of PLACES) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'ociregistry' && version !== undefined) return version;
    } catch (err) {
      if (codeOf(err) !== 'ENOENT') throw err;
    }
  }
  throw new Error('package.json of ociregistry is not where it belongs');
}
