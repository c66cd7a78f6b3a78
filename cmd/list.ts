import type { Problem } from '../api/folder/walk.ts';
import type { Call } from './command.ts';
import { compose } from './compose.ts';
import { formatAge, formatSize, normalTime, shortDigest } from './format.ts';
import { listFolders, type FolderImage, type FolderListing } from './listing.ts';
import { parsePatterns } from './pattern.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['REPOSITORY', 'TAG', 'DIGEST', 'KIND', 'PLATFORMS', 'SIZE', 'CREATED', 'SOURCE'];

/** Prints the images of the folder and its mounts, as a table or as JSON. */
export async function list({ config, log, args, options, print }: Call): Promise<void> {
  const matches = parsePatterns(args);
  await using composed = await compose(config, log);
  const listing = await listFolders(composed);
  const images = listing.images.filter(matches);
  if (options['json'] === true) print(formatListJson({ images, problems: listing.problems }));
  else if (options['problems'] === true) print(problemTable(listing.problems, options['header'] !== 'false'));
  else {
    print(imageTable(images, { wholeDigests: options['digests'] === true, header: options['header'] !== 'false' }));
    const skipped = listing.problems.length;
    if (skipped > 0) log.warn(`${skipped} skipped: see list --problems`);
  }
}

function imageTable(images: readonly FolderImage[], look: { wholeDigests: boolean; header: boolean }): string {
  const now = new Date();
  const rows = images.map(({ repository, tag, digest, kind, platforms, size, created, source }) => {
    const time = normalTime(created);
    return [
      repository,
      tag,
      look.wholeDigests ? digest : shortDigest(digest),
      kind,
      printable(platforms.join(',')) || '-',
      formatSize(size),
      time === null ? '-' : formatAge(new Date(time), now),
      printable(source ?? '-'),
    ];
  });
  return formatTable([...(look.header ? [HEADINGS] : []), ...rows]);
}

function problemTable(problems: readonly Problem[], header: boolean): string {
  const rows = problems.map(({ path, reason }) => [printable(path), printable(reason)]);
  return formatTable([...(header ? [['PATH', 'REASON']] : []), ...rows]);
}

/** The document of `list --json`: every field always there, in this order. */
export function formatListJson({ images, problems }: FolderListing): string {
  const document = {
    images: images.map(({ repository, tag, digest, mediaType, kind, platforms, size, created, source, path }) => ({
      repository,
      tag,
      digest,
      mediaType,
      kind,
      platforms,
      size,
      created: normalTime(created),
      source: source ?? null,
      path,
    })),
    problems: problems.map(({ path, reason }) => ({ path, reason })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
