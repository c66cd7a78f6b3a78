import { relative } from 'node:path';
import type { PrunedImage, PruneReport } from '../api/prune/prune.ts';
import type { PruneReason } from '../api/prune/prune-selection.ts';
import type { SweptFile } from '../api/prune/sweep.ts';
import { formatAge, formatSize, shortDigest } from './format.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['REPOSITORY', 'TAG', 'DIGEST', 'SIZE', 'REASON'];

/** What the words of a table depend on. */
interface Look {
  /** The images folder. */
  readonly root: string;
  readonly keep: number;
  readonly now: Date;
}

/** What was pruned, for people; files that belonged to no image come last. */
export function formatPruneTable({ images, files }: PruneReport, look: Look): string {
  return formatTable([
    HEADINGS,
    ...images.map((image) => [
      image.repository,
      image.tag ?? '-',
      shortDigest(image.digest),
      formatSize(image.size),
      image.reasons.map((reason) => wordsFor(reason, image, look)).join(', '),
    ]),
    ...files.map((file) => [
      '-',
      '-',
      file.digest === undefined ? '-' : shortDigest(file.digest),
      formatSize(file.size),
      printable(wordsForFile(file, look.root)),
    ]),
  ]);
}

/** The document of `prune --json`: every field always there, in this order. */
export function formatPruneJson(report: PruneReport, dryRun: boolean): string {
  const document = {
    dryRun,
    images: report.images.map(({ repository, tag, digest, size, reasons, fetched, lastUsed }) => ({
      repository,
      tag: tag ?? null,
      digest,
      size,
      reasons,
      fetched: fetched?.toISOString() ?? null,
      lastUsed: lastUsed?.toISOString() ?? null,
    })),
    files: report.files.map(({ path, digest, size, reason }) => ({ path, digest: digest ?? null, size, reason })),
    freedBytes: report.freedBytes,
    heldBytes: report.heldBytes,
    problems: report.problems,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function wordsFor(reason: PruneReason, { fetched, lastUsed }: PrunedImage, { keep, now }: Look): string {
  const used = lastUsed === undefined ? 'never pulled' : `pulled ${formatAge(lastUsed, now)}`;
  switch (reason) {
    case 'pattern':
      return 'matches';
    case 'older-than':
      return fetched === undefined ? 'old' : `fetched ${formatAge(fetched, now)}`;
    case 'unused-for':
      return used;
    case 'keep':
      return `not of the newest ${keep}`;
    case 'max-bytes':
      return `to make room, ${used}`;
    case 'replaced':
      return 'its tag is another image now';
    case 'referrer':
      return 'its subject goes';
  }
}

function wordsForFile({ path, reason }: SweptFile, root: string): string {
  const name = relative(root, path);
  switch (reason) {
    case 'unreferenced':
      return 'no image has it';
    case 'stray':
      return `nothing needs ${name}`;
    case 'abandoned':
      return `unfinished: ${name}`;
    case 'unpacked':
      return `its archive is gone: ${name}`;
  }
}
