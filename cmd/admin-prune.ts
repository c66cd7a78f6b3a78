import { resolve } from 'node:path';
import type { PruneRequest, Pruned } from '../api/admin/admin-parts.ts';
import { HttpError } from '../api/http/http-error.ts';
import { prune } from '../api/prune/prune.ts';
import type { Usage } from '../api/prune/prune-candidates.ts';
import { hasCriterion, type PruneCriteria } from '../api/prune/prune-selection.ts';
import { Store } from '../api/store/store.ts';
import type { Config } from './config.ts';
import { DURATIONS, parseDuration } from './duration.ts';
import { parsePatterns, pinsOf } from './pattern.ts';
import { formatPruneJson } from './prune-report.ts';
import { parseSize, SIZES } from './size.ts';

interface Surroundings {
  readonly config: Pick<Config, 'images' | 'cache'>;
  readonly usage: Usage;
  /** Other folders that are served. */
  readonly mounts: readonly string[];
  /** Told what is on disk no more, in bytes. */
  readonly onPruned: (bytes: number) => void;
}

/** Removes, or tells what would go, as a request says. Throws HttpError for one that makes no sense. */
export async function pruneAsAsked(request: PruneRequest, surroundings: Surroundings): Promise<Pruned> {
  const { config, usage, mounts, onPruned } = surroundings;
  const criteria = readCriteria(request);
  const { dryRun = true } = request;
  using store = new Store(resolve(config.images));
  const report = await prune(store, criteria, { dryRun, isPinned: pinsOf(config.cache), usage, mounts });
  if (!dryRun) onPruned(report.freedBytes);
  return JSON.parse(formatPruneJson(report, dryRun)) as Pruned;
}

function readCriteria({
  pattern,
  olderThan,
  unusedFor,
  keep,
  maxBytes,
  unreferenced = false,
}: PruneRequest): PruneCriteria {
  const olderThanMs = read('olderThan', olderThan, parseDuration, DURATIONS);
  const unusedForMs = read('unusedFor', unusedFor, parseDuration, DURATIONS);
  const bytes = read('maxBytes', maxBytes, parseSize, SIZES);
  const criteria = {
    ...(pattern && { matches: parsePatterns(pattern) }),
    ...(olderThanMs !== undefined && { olderThanMs }),
    ...(unusedForMs !== undefined && { unusedForMs }),
    ...(keep !== undefined && { keep }),
    ...(bytes !== undefined && bytes !== Infinity && { maxBytes: bytes }),
    unreferenced,
  };
  if (hasCriterion(criteria)) return criteria;
  throw new HttpError(
    'UNSUPPORTED',
    'nothing says what is to go: give pattern, olderThan, unusedFor, keep, maxBytes or unreferenced',
  );
}

function read<T>(
  name: string,
  text: string | undefined,
  parse: (text: string) => T | undefined,
  allowed: string,
): T | undefined {
  const value = text === undefined ? undefined : parse(text);
  if (text === undefined || value !== undefined) return value;
  throw new HttpError('UNSUPPORTED', `${name} ${JSON.stringify(text)}: allowed: ${allowed}`, { detail: { key: name } });
}
