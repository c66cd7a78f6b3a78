import type { ByteSpan } from '../oci/byte-range.ts';
import { algorithmOf, Digester, type Digest } from '../oci/digest.ts';
import { UpstreamError } from '../oci/errors.ts';
import type { Body } from '../registry.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { Clock } from '../clock.ts';
import { reasonOf } from './connection-error.ts';
import type { ResponseBody } from './transport.ts';

/** So many connections in a row may be lost without a byte, after one that brought some. */
const MAX_LOSSES = 5;
const FIRST_BACKOFF_MS = 500;

/** Bytes on a connection. */
export interface Part {
  readonly stream: ResponseBody;
  /** How many come before those that are wanted. */
  readonly skip: number;
}

export interface RemoteBlob {
  readonly digest: Digest;
  readonly size: number;
  /** What is wanted of it; absent when it is the whole. */
  readonly span?: ByteSpan | undefined;
  /** Who was asked for it, for messages. */
  readonly subject: string;
  /** Connects again, for the bytes from `position` on. */
  readonly reopen: (position: number) => Promise<Part>;
  /** The caller's; ends the body. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Undefined: no limit. */
  readonly bandwidth: Bandwidth | undefined;
  /** Told when all has come, and when it broke for good, with the reason. */
  readonly ended: (broken?: string) => void;
}

/** A blob straight from the network. A lost connection is made up for where it broke off, and the reader does not
 *  notice. The last chunk of a whole blob is held back until the digest agrees; throws UpstreamError `invalid` when
 *  it does not. */
export class RemoteBody implements Body {
  readonly #blob: RemoteBlob;
  readonly #end: number;
  readonly #hash: Digester | undefined;
  #part: Part;
  #skip: number;
  #chunks: AsyncIterator<Buffer, undefined>;
  #position: number;
  #losses = 0;
  #ended = false;
  readonly #leaving = new AbortController();
  readonly #signal: AbortSignal;

  constructor(blob: RemoteBlob, first: Part) {
    const { span, digest, size } = blob;
    this.#blob = blob;
    this.#signal = AbortSignal.any([blob.signal, this.#leaving.signal]);
    this.#position = span?.start ?? 0;
    this.#end = span ? span.end + 1 : size;
    const algorithm = algorithmOf(digest);
    if (this.#position === 0 && this.#end === size && algorithm !== undefined) this.#hash = new Digester(algorithm);
    this.#part = first;
    this.#skip = first.skip;
    this.#chunks = chunksOf(first);
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      const value = await this.#read();
      if (value !== undefined) return { done: false, value };
      this.#close();
    } catch (err) {
      this.#close();
      // Who has left hears nothing of the connection that was cut for that.
      if (!this.#left) throw err;
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#leaving.abort();
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #left(): boolean {
    return this.#leaving.signal.aborted;
  }

  #close(): void {
    this.#ended = true;
    this.#part.stream.destroy();
  }

  /** The next chunk; undefined after the last. */
  async #read(): Promise<Buffer | undefined> {
    if (this.#position === this.#end) {
      if (this.#end === 0) this.#check();
      return undefined;
    }
    for (;;) {
      const received = await this.#receive();
      if (received) await this.#blob.bandwidth?.take(received.length, this.#signal);
      const chunk = received && this.#wanted(received);
      if (chunk === undefined || chunk.length === 0) continue;
      this.#losses = 0;
      this.#position += chunk.length;
      this.#hash?.update(chunk);
      if (this.#position === this.#end) this.#check();
      return chunk;
    }
  }

  /** Undefined when the connection was lost and there is another one. */
  async #receive(): Promise<Buffer | undefined> {
    let lost: unknown;
    try {
      const { done, value } = await this.#chunks.next();
      if (!done) return value;
      lost = new Error('it ended early');
    } catch (err) {
      lost = err;
    }
    await this.#resume(lost);
    return undefined;
  }

  /** What of a chunk lies in the part that is wanted and not yet given. */
  #wanted(received: Buffer): Buffer {
    const skipped = Math.min(this.#skip, received.length);
    this.#skip -= skipped;
    const wanted = this.#end - this.#position;
    if (received.length - skipped > wanted && this.#end === this.#blob.size) {
      throw new UpstreamError('invalid', `${this.#blob.subject}: more than ${this.#blob.size} bytes`);
    }
    return received.subarray(skipped, skipped + wanted);
  }

  #check(): void {
    const { digest, subject } = this.#blob;
    const actual = this.#hash?.digest() ?? digest;
    if (actual !== digest) throw new UpstreamError('invalid', `${subject}: its content is ${actual}`);
    this.#blob.ended();
  }

  async #resume(cause: unknown): Promise<void> {
    const { subject, size, reopen, signal, clock, ended } = this.#blob;
    if (this.#left) throw cause;
    signal.throwIfAborted();
    const where = `${subject}: lost at byte ${this.#position} of ${size}`;
    if (++this.#losses > MAX_LOSSES) {
      const broken = `${where}: ${reasonOf(cause)}`;
      ended(broken);
      throw new UpstreamError('unreachable', broken, { cause });
    }
    if (this.#losses > 1) await clock.sleep(FIRST_BACKOFF_MS * 2 ** (this.#losses - 2), this.#signal);
    this.#take(await reopen(this.#position));
  }

  #take(part: Part): void {
    this.#part = part;
    this.#skip = part.skip;
    this.#chunks = chunksOf(part);
    // Whoever left while it was opened does not come back for it.
    if (this.#left) this.#close();
  }
}

function chunksOf({ stream }: Part): AsyncIterator<Buffer, undefined> {
  return (stream as AsyncIterable<Buffer, undefined>)[Symbol.asyncIterator]();
}
