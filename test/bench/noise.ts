import { randomBytes } from 'node:crypto';
import { MIB } from './bytes.ts';

const CHUNK_BYTES = 4 * MIB;

/** Bytes that nothing can compress. */
export function* noise(size: number): Generator<Buffer, undefined, undefined> {
  for (let left = size; left > 0; left -= CHUNK_BYTES) yield randomBytes(Math.min(CHUNK_BYTES, left));
}
