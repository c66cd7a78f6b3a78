import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOWN } from '../api/store/paths.ts';
import { prune as pruneStore, type PruneReport } from '../api/prune/prune.ts';
import { hasCriterion, type PruneCriteria } from '../api/prune/prune-selection.ts';
import { Store } from '../api/store/store.ts';
import { UsageTimes } from '../api/store/usage-times.ts';
import type { Call } from './command.ts';
import { DURATIONS, parseDuration } from './duration.ts';
import { Problems, reasonOf, UsageError } from './failure.ts';
import { formatSize } from './format.ts';
import { parsePatterns, pinsOf } from './pattern.ts';
import { formatPruneJson, formatPruneTable } from './prune-report.ts';
import { parseSize, SIZES } from './size.ts';
import { openSources } from './sources.ts';

/** Removes images that we wrote, and files that nothing needs. */
export async function prune({ config, log, options, print }: Call): Promise<void> {
  const criteria = readCriteria(options);
  const dryRun = options['dryRun'] === true;
  const [images, ...mounts] = await openSources(config);
  const { root } = images!;
  if (!dryRun) await requireWritable(root);
  using store = new Store(root);
  const report = await pruneStore(store, criteria, {
    dryRun,
    isPinned: pinsOf(config.cache),
    usage: await UsageTimes.open(join(root, KNOWN), log),
    mounts: mounts.map((mount) => mount.root),
  });
  const look = { root, keep: criteria.keep ?? 0, now: new Date() };
  print(options['json'] === true ? formatPruneJson(report, dryRun) : formatPruneTable(report, look));
  process.stderr.write(`${summaryOf(report, dryRun)}\n`);
  const { maxBytes = Infinity } = criteria;
  if (report.heldBytes > maxBytes) {
    log.warn(`${formatSize(report.heldBytes)} are more than ${formatSize(maxBytes)}, but nothing else may go`);
  }
  if (report.problems.length > 0) throw new Problems(report.problems);
}

/** Throws {@link UsageError}. */
function readCriteria(options: Call['options']): PruneCriteria {
  const read = <T>(name: string, flag: string, parse: (text: string) => T | undefined, allowed: string) => {
    const text = options[name] as string | undefined;
    const value = text === undefined ? undefined : parse(text);
    if (text !== undefined && value === undefined) {
      throw new UsageError(`${flag} ${JSON.stringify(text)}: allowed: ${allowed}`);
    }
    return value;
  };
  const patterns = options['pattern'] as readonly string[] | undefined;
  const olderThanMs = read('olderThan', '--older-than', parseDuration, DURATIONS);
  const unusedForMs = read('unusedFor', '--unused-for', parseDuration, DURATIONS);
  const keep = read('keep', '--keep', parseCount, '1 and more');
  const maxBytes = read('maxBytes', '--max-bytes', parseSize, SIZES);
  const criteria = {
    ...(patterns && { matches: parsePatterns(patterns) }),
    ...(olderThanMs !== undefined && { olderThanMs }),
    ...(unusedForMs !== undefined && { unusedForMs }),
    ...(keep !== undefined && { keep }),
    ...(maxBytes !== undefined && maxBytes !== Infinity && { maxBytes }),
    unreferenced: options['unreferenced'] === true,
  };
  if (hasCriterion(criteria)) return criteria;
  throw new UsageError(
    'nothing says what is to go: give --pattern, --older-than, --unused-for, --keep, --max-bytes or --unreferenced ' +
      '(see ociregistry prune --help)',
  );
}

const parseCount = (text: string): number | undefined => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);

async function requireWritable(root: string): Promise<void> {
  try {
    await access(root, constants.W_OK);
  } catch (cause) {
    throw new Error(`images folder ${root}: nothing can be removed from it: ${reasonOf(cause)}`, { cause });
  }
}

function summaryOf({ images, files, freedBytes, heldBytes }: PruneReport, dryRun: boolean): string {
  const count = (what: readonly unknown[], name: string): string =>
    `${what.length} ${name}${what.length === 1 ? '' : 's'}`;
  const parts = [count(images, 'image'), ...(files.length > 0 ? [count(files, 'file')] : [])];
  const what = `${parts.join(' and ')} ${dryRun ? 'would be removed' : 'removed'}`;
  return `${what}, ${formatSize(freedBytes)} (${freedBytes} bytes) freed; ${formatSize(heldBytes)} stay`;
}
