import assert from 'node:assert/strict';

/** The longest text is eight times the shortest: a linear reader takes eight times as long, a quadratic one sixty-four times. */
const DOUBLINGS = 3;
const MOST = 3 ** DOUBLINGS;
/** Below it chance counts for more than what is counted. */
const LEAST_MS = 1;
const TRIES = 5;
/** So often may a busy machine spoil the measurement. */
const ATTEMPTS = 5;

/** Fails when `read` takes out of proportion longer for longer texts: of `text(length)`, from `length` doubled three times, on average
 *  more than three times as long for each doubling. No clock is asked how long is too long, so that it holds on any machine. */
export function assertGrowsLinearly(
  read: (text: string) => unknown,
  text: (length: number) => string,
  length: number,
): void {
  const texts = Array.from({ length: DOUBLINGS + 1 }, (_, i) => flat(text(length * 2 ** i)));
  let costs: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    costs = cheapest(read, texts);
    if (costs.at(-1)! <= MOST * costs[0]!) return;
  }
  assert.fail(`from ${length} characters, doubled: ${costs.map((cost) => `${cost.toFixed(3)} ms`).join(', ')}`);
}

/** How often it is to be repeated so that it can be measured. */
function roundsFor(read: (text: string) => unknown, text: string): number {
  for (let rounds = 1; ; rounds *= 4) if (costOf(read, text, rounds) >= LEAST_MS) return rounds;
}

/** The least of several, of each text: nothing makes a computer faster, much makes it slower. */
function cheapest(read: (text: string) => unknown, texts: readonly string[]): number[] {
  const rounds = roundsFor(read, texts[0]!);
  const tries = Array.from({ length: TRIES }, () => texts.map((text) => costOf(read, text, rounds)));
  return texts.map((_, i) => Math.min(...tries.map((costs) => costs[i]!)));
}

function costOf(read: (text: string) => unknown, text: string, rounds: number): number {
  const started = performance.now();
  for (let round = 0; round < rounds; round++) read(text);
  return performance.now() - started;
}

/** One piece in memory, as what comes from a socket: V8 keeps a repeated text as a tree until somebody looks into it. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
