/** The key that was probably meant by one that there is not: so few letters are different, missing, too many or swapped. */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(unknown.length / 3));
  const near = known
    .map((key) => ({ key, distance: distanceOf(unknown.toLowerCase(), key.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.key;
}

/** Optimal string alignment: https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance */
function distanceOf(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [before, twoBefore, row] = [rows[i - 1]!, rows[i - 2], [i]];
    for (let j = 1; j <= b.length; j++) {
      const change = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(change, before[j]! + 1, row[j - 1]! + 1, isSwap ? twoBefore![j - 2]! + 1 : Infinity);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
