/** What bodies are read into: large chunks while few are open, as each costs a hop to a thread and back, smaller ones
 *  when many are, so that a hundred downloads fit into little memory. */
const SIZES = [512 * 1024, 256 * 1024, 128 * 1024, 64 * 1024] as const;
/** A body up to here is one chunk of its own size. */
const AT_ONCE_BYTES = 128 * 1024;
/** For all open bodies together, but never less than the smallest chunk for each. */
const BUDGET_BYTES = 8 * 1024 * 1024;

/** Buffers of these sizes, for the next body: faulting in fresh memory costs a fifth of the throughput. */
const spare = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]));
let spareBytes = 0;
let takenBytes = 0;

/** The size of chunk for a body that has so many bytes left. */
export function chunkSize(bytes: number): number {
  if (bytes <= AT_ONCE_BYTES) return bytes;
  return SIZES.find((size) => takenBytes + 2 * size <= BUDGET_BYTES) ?? SIZES.at(-1)!;
}

/** A buffer of so many bytes; it goes back by {@link giveBuffer}. */
export function takeBuffer(bytes: number): Buffer {
  if (bytes <= 0) return NONE;
  const kept = spare.get(bytes)?.pop();
  if (kept) spareBytes -= bytes;
  takenBytes += bytes;
  return kept ?? Buffer.allocUnsafeSlow(bytes);
}

export function giveBuffer(buffer: Buffer): void {
  takenBytes -= buffer.length;
  const kept = spare.get(buffer.length);
  if (kept === undefined || spareBytes + buffer.length > BUDGET_BYTES) return;
  kept.push(buffer);
  spareBytes += buffer.length;
}

const NONE = Buffer.alloc(0);
