import { splitDigest, type Digest } from '../api/oci/digest.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `7.4 MiB`: three digits that count. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 99.95 && unit > 0 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ''}`;
}

/** `sha256:1d34ffeaf190`: enough to tell apart, and to search for. */
export function shortDigest(digest: Digest): string {
  const { algorithm, encoded } = splitDigest(digest);
  return `${algorithm}:${encoded.slice(0, 12)}`;
}

const SECONDS = { year: 31_557_600, month: 2_629_800, week: 604_800, day: 86_400, hour: 3_600, minute: 60 } as const;
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** `3 weeks ago`, as Docker lists images. A time to come is given as its date. */
export function formatAge(time: Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - time.getTime()) / 1000);
  if (seconds < 0) return time.toISOString().slice(0, 10);
  for (const [unit, length] of Object.entries(SECONDS)) {
    // Two of a unit before it is used, so that 45 days are not "1 month".
    if (seconds >= 2 * length) return RELATIVE.format(-Math.floor(seconds / length), unit as keyof typeof SECONDS);
  }
  return RELATIVE.format(-seconds, 'second');
}

const GO_ZERO_TIME = new Date('0001-01-01T00:00:00Z').getTime();

/** A time out of somebody's JSON as RFC 3339 in UTC; null when there is none, or none that is one. */
export function normalTime(text: string | undefined): string | null {
  const time = new Date(text ?? Number.NaN);
  // Go's zero time stands in images that are built to be reproducible, and says nothing.
  return Number.isNaN(time.getTime()) || time.getTime() <= GO_ZERO_TIME ? null : time.toISOString();
}
