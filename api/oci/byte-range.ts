/** One range as asked for: from an offset, maybe to another (both included), or the last so many bytes. */
export type ByteRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

/** A range of something whose size is known; both ends included. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** The `Range` header, if it is one range of bytes; undefined means: answer with the whole.
 *  So do several ranges, another unit and garbage (RFC 9110, 14.2); containers/image would take
 *  a single-part 206 for all the ranges it asked for. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header);
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? undefined : { suffix: Number(last) };
  return last === '' ? { first: Number(first) } : { first: Number(first), last: Number(last) };
}

/** The part of `size` bytes that a range names, or 'unsatisfiable' (416), or undefined for the whole:
 *  of nothing every range is the whole, as containerd starts each parallel fetch with `bytes=0-`. */
export function resolveRange(range: ByteRange, size: number): ByteSpan | 'unsatisfiable' | undefined {
  if (size === 0) return undefined;
  if ('suffix' in range) {
    return range.suffix === 0 ? 'unsatisfiable' : { start: Math.max(0, size - range.suffix), end: size - 1 };
  }
  const { first, last = size - 1 } = range;
  return first >= size || last < first ? 'unsatisfiable' : { start: first, end: Math.min(last, size - 1) };
}

/** Thrown when a range lies outside; the answer is 416. */
export class RangeNotSatisfiable extends Error {
  override readonly name = 'RangeNotSatisfiable';
  readonly size: number;

  constructor(size: number) {
    super(`the range lies outside of ${size} bytes`);
    this.size = size;
  }
}
