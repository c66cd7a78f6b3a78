/** The middle of some numbers; NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What several rounds say: the middle one, and between which the others lie. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export const summarise = (values: readonly number[]): Summary => ({
  median: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
});

/** Compares round by round, so that a machine that was slow in one round was slow for both. */
export const ratios = (values: readonly number[], base: readonly number[]): Summary =>
  summarise(values.map((value, round) => value / base[round]!));

/** A list that begins elsewhere in each round, so that nobody always comes first or always after the same. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  const start = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
