const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What {@link parseDuration} takes, for people. */
export const DURATIONS = '500ms, 10s, 5m, 2h or 30d';

/** A length of time in milliseconds; undefined when the text is none. `0s` is at once. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,9})(ms|[smhd])$/.exec(text) ?? [];
  const factor = MILLISECONDS[unit];
  return factor === undefined ? undefined : Number(count) * factor;
}
