import type { Finding } from '../api/verify/bad-files.ts';
import type { VerifyReport } from '../api/verify/verify.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['PATH', 'EXPECTED', 'FOUND', 'IMAGES'];

/** What is bad, for people: digests whole, as they are searched for. */
export function formatVerifyTable({ bad }: VerifyReport, { quarantine }: { readonly quarantine: boolean }): string {
  return formatTable([
    [...HEADINGS, ...(quarantine ? ['MOVED TO'] : [])],
    ...bad.map(({ path, expected, found, images, movedTo, stayed }) => [
      printable(path),
      expected ?? '-',
      printable(wordsFor(found)),
      images.join(',') || '-',
      ...(quarantine ? [printable(movedTo ?? (stayed === undefined ? '-' : `not moved: ${stayed}`))] : []),
    ]),
  ]);
}

/** The document of `verify --json`: every field always there, in this order. */
export function formatVerifyJson({ images, files, bytes, bad }: VerifyReport): string {
  const document = {
    images,
    files,
    bytes,
    bad: bad.map((file) => ({
      path: file.path,
      otherPaths: file.otherPaths,
      expected: file.expected ?? null,
      found: {
        is: file.found.is,
        digest: file.found.is === 'other' ? file.found.digest : null,
        size: file.found.is === 'size' ? file.found.size : null,
        expectedSize: file.found.is === 'size' ? file.found.expectedSize : null,
        reason: 'reason' in file.found ? file.found.reason : null,
      },
      images: file.images,
      movedTo: file.movedTo ?? null,
      stayed: file.stayed ?? null,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function wordsFor(found: Finding): string {
  switch (found.is) {
    case 'other':
      return found.digest;
    case 'size':
      return `${found.size} bytes, expected ${found.expectedSize}`;
    case 'missing':
      return 'missing';
    case 'unreadable':
    case 'invalid':
      return found.reason;
  }
}
