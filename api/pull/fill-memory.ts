/** What all fills together hold in memory, in bytes, but never less than the least for each. */
const BUDGET_BYTES = 32 * 1024 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
const LEAST_BYTES = 512 * 1024;

let fills = 0;

/** One more fill is under way. Call what it gives when that is over. */
export function enterFill(): () => void {
  fills++;
  let isOver = false;
  return () => {
    if (!isOver) fills--;
    isOver = true;
  };
}

/** What one fill may hold in memory now: much of the only one, so that its readers need not read what they fall behind with from the
 *  disk, and less of each the more there are. */
export const fillBytes = (): number => Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Math.floor(BUDGET_BYTES / fills)));
