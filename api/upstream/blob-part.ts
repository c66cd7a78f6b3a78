import { RangeNotSatisfiable, resolveRange, type ByteRange, type ByteSpan } from '../oci/byte-range.ts';
import { UpstreamError } from '../oci/errors.ts';
import { parseContentRange, parseLength, parseUnsatisfiedRange } from './content-range.ts';
import type { Part } from './remote-body.ts';
import { discard, headerOf, type WireAnswer } from './transport.ts';

/** Statuses of an answer to a request with a `Range`, beside 200. */
export const RANGE_STATUSES: readonly number[] = [206, 416];

/** A blob's answer, understood. */
export interface OpenedPart extends Part {
  /** Of the whole blob, in bytes. */
  readonly size: number;
  /** Absent when all of it is wanted. */
  readonly span?: ByteSpan;
  /** A strong one, good for `If-Range`. */
  readonly etag?: string;
}

interface Asked {
  readonly range?: ByteRange | undefined;
  /** What the blob's size is known to be. */
  readonly size?: number | undefined;
  readonly subject: string;
}

/** Which bytes an answer of 200, 206 or 416 gives; undefined when it does not say how many there are. One that is not
 *  taken is let go. Throws RangeNotSatisfiable, and UpstreamError `invalid` for other bytes than those asked for. */
export function openPart(answer: WireAnswer, asked: Asked): OpenedPart | undefined {
  try {
    const part = readPart(answer, asked);
    if (part === undefined) discard(answer);
    return part;
  } catch (err) {
    discard(answer);
    throw err;
  }
}

function readPart(answer: WireAnswer, asked: Asked): OpenedPart | undefined {
  const { status, body: stream } = answer;
  if (status === 416) throw notSatisfiable(answer, asked);
  const held = status === 206 ? parseContentRange(headerOf(answer, 'content-range')) : undefined;
  if (status === 206 && (held === undefined || asked.range === undefined)) throw invalid(asked, 'a part not asked for');
  const length = parseLength(headerOf(answer, 'content-length'));
  const size = held ? (held.total ?? asked.size) : (length ?? asked.size);
  if (size === undefined) return undefined;
  if (asked.size !== undefined && asked.size !== size) throw invalid(asked, `${size} bytes, expected ${asked.size}`);

  const span = asked.range && resolveRange(asked.range, size);
  if (span === 'unsatisfiable') throw new RangeNotSatisfiable(size);
  if (held && (held.start !== span?.start || held.end !== span.end)) {
    throw invalid(asked, `bytes ${held.start}-${held.end} of ${size}, expected ${span?.start}-${span?.end}`);
  }
  const etag = headerOf(answer, 'etag');
  return {
    stream,
    size,
    skip: held ? 0 : (span?.start ?? 0),
    ...(span && { span }),
    ...(etag?.startsWith('"') && { etag }),
  };
}

function notSatisfiable(answer: WireAnswer, asked: Asked): Error {
  const size = parseUnsatisfiedRange(headerOf(answer, 'content-range')) ?? asked.size;
  if (asked.range === undefined || size === undefined) return invalid(asked, '416, without saying how long it is');
  const isSo = size === 0 || resolveRange(asked.range, size) === 'unsatisfiable';
  return isSo ? new RangeNotSatisfiable(size) : invalid(asked, `416 for a range within ${size} bytes`);
}

const invalid = ({ subject }: Asked, reason: string): UpstreamError =>
  new UpstreamError('invalid', `${subject}: ${reason}`);

/** The value of a `Range` header. */
export function formatRange(range: ByteRange): string {
  if ('suffix' in range) return `bytes=-${range.suffix}`;
  return `bytes=${range.first}-${range.last ?? ''}`;
}
