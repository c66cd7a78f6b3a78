import { addAbortSignal, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import type { Compression } from './compression.ts';
import { InvalidArchive } from './invalid-archive.ts';

/** What may come out of one archive. */
export interface UnpackLimits {
  /** How many times the bytes that went in so far, counted as 64 KiB at least. */
  readonly ratio: number;
  /** How many bytes in all. */
  readonly bytes: number;
}

/** The ratio is what gzip cannot exceed: its best are 258 bytes of two bits, 1 to 1,032. zstd makes 128 KiB of four bytes,
 *  but only of nothing but zeros, as bombs are. The bytes, more than any image has, stop a source without end: how much
 *  room there is, the caller knows. */
export const DEFAULT_UNPACK_LIMITS: UnpackLimits = { ratio: 1_100, bytes: 2 ** 40 };

/** So that what is tiny may have any ratio. */
const LEAST_READ_BYTES = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Not the archive's fault. */
const OTHER_CODES = new Set(['ABORT_ERR', 'Z_MEM_ERROR', 'ZSTD_error_memory_allocation']);

/** Decompresses gzip (one member or several, zeros may follow) or zstd (one frame or several); `name` is for messages.
 *  Begins when the first chunk is asked for, and destroys a `source` that it does not read to its end. Throws
 *  InvalidArchive for what is corrupt, cut off, followed by something else or more than `limits` allow, an AbortError for
 *  the signal, and unchanged what the source throws. Chunks that came before an error are of no use. */
export async function* decompress(
  source: Readable | AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
  limits: Partial<UnpackLimits> = {},
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void> {
  const { ratio, bytes } = { ...DEFAULT_UNPACK_LIMITS, ...limits };
  const input = source instanceof Readable ? source : Readable.from(source);
  const options = { chunkSize: CHUNK_BYTES };
  const engine = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  if (signal) for (const stream of [input, engine]) addAbortSignal(signal, stream);
  const feed = new Feed(input, engine, compression, name);
  let unpacked = 0;
  try {
    const fed = feed.run();
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      const most = Math.min(bytes, ratio * Math.max(feed.read, LEAST_READ_BYTES));
      if (unpacked > most) throw new InvalidArchive(`${name}: more than ${most} bytes come out of ${feed.read}`);
      yield chunk;
    }
    await fed;
    if (feed.failure !== undefined) throw feed.failure;
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException;
    if (err !== engine.errored || err === feed.failure || OTHER_CODES.has(code ?? '')) throw err;
    throw new InvalidArchive(`${name}: it does not unpack after ${feed.read} bytes: ${message}`, { cause: err });
  } finally {
    if (!input.readableEnded) input.destroy();
  }
}

/** Writes the input into the engine, which alone does not tell all that is wrong with its end. */
class Feed {
  /** In bytes. */
  read = 0;
  /** What the input threw, or why it is invalid; the engine is destroyed with it. */
  failure: Error | undefined;
  readonly #input: Readable;
  readonly #engine: Gunzip | ZstdDecompress;
  readonly #frames: ZstdFrames | undefined;
  readonly #name: string;
  #given = 0;
  #hasEnded = false;

  constructor(input: Readable, engine: Gunzip | ZstdDecompress, compression: Compression, name: string) {
    this.#input = input;
    this.#engine = engine;
    this.#frames = compression === 'zstd' ? new ZstdFrames(name) : undefined;
    this.#name = name;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#input as AsyncIterable<Uint8Array>) {
        this.read += chunk.length;
        for (const part of this.#frames?.split(chunk) ?? [chunk]) if (!(await this.#give(part))) return;
      }
      this.#frames?.finish();
      this.#engine.end();
    } catch (err) {
      this.failure = err as Error;
      this.#engine.destroy(this.failure);
    }
  }

  /** False when the engine has failed or is not wanted any more. */
  async #give(part: Uint8Array): Promise<boolean> {
    if (!this.#hasEnded && !(await this.#write(part))) return false;
    const rest = part.subarray(Math.max(this.#engine.bytesWritten - this.#given, 0));
    this.#given += part.length;
    // It leaves what it takes for padding, and whatever comes after that.
    this.#hasEnded ||= rest.length > 0;
    if (rest.some((byte) => byte !== 0)) {
      throw new InvalidArchive(`${this.#name}: something follows its end after ${this.#engine.bytesWritten} bytes`);
    }
    return true;
  }

  async #write(part: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#engine.write(part, (err) => resolve(!err)));
  }
}

/** A step through a frame, by so many bytes. */
type Step = readonly ['magic' | 'look' | 'skip', bytes: number];

/** Cuts zstd where its frames end, https://www.rfc-editor.org/rfc/rfc8878#section-3.1. Node's decompressor takes anything
 *  after a frame for the end, also a frame that is cut off in its first bytes, and before some version also a whole one in
 *  the same write: https://github.com/nodejs/node/issues/64741. */
class ZstdFrames {
  readonly #name: string;
  readonly #steps: Generator<Step, never, Buffer>;
  readonly #looked = Buffer.alloc(16);
  #step: Step;
  #done = 0;
  #position = 0;

  constructor(name: string) {
    this.#name = name;
    this.#steps = this.#walk();
    this.#step = this.#steps.next().value;
  }

  /** Parts of a chunk, no frame going on after one that it ends in. */
  *split(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let at = 0; at < chunk.length;) {
      const [kind, bytes] = this.#step;
      const now = chunk.subarray(at, at + bytes - this.#done);
      if (kind !== 'skip') this.#looked.set(now, this.#done);
      this.#done += now.length;
      this.#position += now.length;
      at += now.length;
      this.#advance();
      if (!this.#isBetween()) continue;
      yield chunk.subarray(start, at);
      start = at;
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }

  /** Throws InvalidArchive unless the last frame is whole. */
  finish(): void {
    if (this.#position === 0 || !this.#isBetween())
      throw new InvalidArchive(`${this.#name}: it ends within a frame: ${this.#position} bytes`);
  }

  #isBetween(): boolean {
    return this.#step[0] === 'magic' && this.#done === 0;
  }

  #advance(): void {
    while (this.#done === this.#step[1]) {
      this.#step = this.#steps.next(this.#looked.subarray(0, this.#done)).value;
      this.#done = 0;
    }
  }

  *#walk(): Generator<Step, never, Buffer> {
    for (;;) {
      const magic = (yield ['magic', 4]).readUInt32LE();
      if (magic >>> 4 === 0x184d2a5) {
        yield ['skip', (yield ['look', 4]).readUInt32LE()];
        continue;
      }
      if (magic !== 0xfd2fb528)
        throw new InvalidArchive(`${this.#name}: something that is not zstd after ${this.#position - 4} bytes`);
      const descriptor = (yield ['look', 1]).readUInt8();
      const isSingle = (descriptor >> 5) & 1;
      const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
      yield ['skip', 1 - isSingle + dictionaryBytes + [isSingle, 2, 4, 8][descriptor >> 6]!];
      for (let isLast = 0; isLast === 0;) {
        const block = (yield ['look', 3]).readUIntLE(0, 3);
        isLast = block & 1;
        const isRepeated = ((block >> 1) & 3) === 1;
        yield ['skip', isRepeated ? 1 : block >> 3];
      }
      // A checksum of four bytes, if the bit is set.
      yield ['skip', descriptor & 4];
    }
  }
}
