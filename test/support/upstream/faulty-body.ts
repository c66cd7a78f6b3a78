import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Fault } from './faults.ts';

const LARGEST_PIECE = 64 * 1024;
/** A slow body comes in so many pieces in a second. */
const PIECES_PER_SECOND = 20;
/** What may be made up for after a timer that was late, in milliseconds. */
const MOST_LATE_MS = 100;

/** Bytes per second, whoever sends them. */
export class Pace {
  readonly pieceBytes: number;
  readonly #msPerByte: number;
  #at = 0;

  constructor(bytesPerSecond: number) {
    this.#msPerByte = 1000 / bytesPerSecond;
    this.pieceBytes = Math.max(1, Math.min(LARGEST_PIECE, Math.floor(bytesPerSecond / PIECES_PER_SECOND)));
  }

  /** Waits until so many may be sent. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#at = Math.max(this.#at, now - MOST_LATE_MS) + bytes * this.#msPerByte;
    if (this.#at > now) await delay(this.#at - now, undefined, { signal });
  }
}

/** Sends a body as a fault has it. Rejects when the signal, which is the client's leaving, is aborted. */
export async function sendFaulty(
  body: Readable,
  fault: Fault,
  paces: readonly Pace[],
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { cutAfter = Infinity, stallAfter = Infinity } = fault;
  const end = Math.min(cutAfter, stallAfter);
  const pieceBytes = Math.min(LARGEST_PIECE, ...paces.map((pace) => pace.pieceBytes));
  response.flushHeaders();
  let sent = 0;
  for await (const chunk of changed(body, fault)) {
    for (let at = 0; at < chunk.length && sent < end;) {
      const piece = chunk.subarray(at, at + Math.min(pieceBytes, end - sent));
      for (const pace of paces) await pace.take(piece.length, signal);
      if (!response.write(piece)) await once(response, 'drain', { signal });
      at += piece.length;
      sent += piece.length;
    }
    if (sent === end) break;
  }
  if (sent < end) {
    response.end();
    if (fault.lengthOffBy !== undefined) response.socket?.destroySoon();
  } else if (stallAfter < cutAfter) {
    if (!response.destroyed) await once(response, 'close');
  } else {
    response.socket?.destroySoon();
  }
}

function changed(body: Readable, { flipByteAt, gzip = false }: Fault): AsyncIterable<Buffer> {
  const flipped = flipByteAt === undefined ? body : Readable.from(flip(body, flipByteAt));
  return gzip ? flipped.pipe(createGzip()) : flipped;
}

async function* flip(body: AsyncIterable<Buffer>, place: number): AsyncGenerator<Buffer> {
  let before = 0;
  for await (const chunk of body) {
    if (place >= before && place < before + chunk.length) chunk[place - before]! ^= 1;
    before += chunk.length;
    yield chunk;
  }
}
