import { isDeepStrictEqual } from 'node:util';
import { formatKey, pointerOf } from './config/pointer.ts';

/** The keys of two configurations whose values differ, as people write them: `limits.connections`, `upstreams.quay.io.tags`. Never a
 *  value. */
export function changedKeys(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [formatKey(pointerOf(path)).replace(/^: /, '')];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => changedKeys(before[name], after[name], [...path, name]));
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
