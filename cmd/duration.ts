const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What {@link parseDuration} takes, for people. */
export const DURATIONS = '500ms, 10s, 5m, 2h or 30d';

export const DURATION = /^(\d{1,9})(ms|[smhd])$/;

/** A length of time in milliseconds; undefined when the text is none. `0s` is at once. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const factor = MILLISECONDS[unit];
  return factor === undefined ? undefined : Number(count) * factor;
}

/** The shortest text that {@link parseDuration} reads as so many milliseconds. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const [unit = 'ms', factor = 1] = Object.entries(MILLISECONDS).findLast(([, each]) => ms % each === 0) ?? [];
  return `${ms / factor}${unit}`;
}
