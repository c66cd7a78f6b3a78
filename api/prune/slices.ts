import { setImmediate } from 'node:timers/promises';

const SLICE = 500;

/** All items, in slices: between them a server answers who waits. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  let left = SLICE;
  for (const item of items) {
    if (left-- === 0) {
      await setImmediate();
      left = SLICE;
    }
    yield item;
  }
}
