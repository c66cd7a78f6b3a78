import type { FileHandle } from 'node:fs/promises';
import type { ByteSpan } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { BlockWindow } from './block-window.ts';
import { GrowingBody } from './growing-body.ts';

/** Bytes that may be in memory and not yet on disk, or not yet with the slowest reader where there is no disk. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** Bytes that readers who keep up find in memory. */
const RECENT_BYTES = 4 * 1024 * 1024;
/** How long others wait for a reader where there is no disk to read from later. */
const MAX_STALL_MS = 30_000;

export interface GrowingBlobOptions {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** What it is written to, and closed by it; undefined where nothing can be. */
  readonly file: FileHandle | undefined;
  /** Called once, with why the file cannot be written any more. */
  readonly onUnwritable: (err: unknown) => void;
  /** Called whenever a reader has left. */
  readonly onLeft: () => void;
}

/** A blob while it comes in: what is here of it is read by any number, each at its own speed. It is kept in a file, and its newest
 *  part in memory. Where the file cannot be written the memory alone holds what not all have read, and who brings it in waits. */
export class GrowingBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly #options: GrowingBlobOptions;
  readonly #window: BlockWindow;
  readonly #readers = new Set<GrowingBody>();
  #file: FileHandle | undefined;
  #isWritable: boolean;
  /** How much of the file is written. */
  #written = 0;
  #writing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #isReleased = false;

  constructor(options: GrowingBlobOptions) {
    this.digest = options.digest;
    this.size = options.size;
    this.#options = options;
    this.#window = new BlockWindow(options.size);
    this.#file = options.file;
    this.#isWritable = options.file !== undefined;
  }

  /** How much of it is here, in bytes. */
  get received(): number {
    return this.#window.end;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Takes in the next bytes, which readers have at once. Resolves when there is room for more. */
  async append(chunk: Uint8Array): Promise<void> {
    this.#window.append(chunk);
    this.#wake();
    if (this.#isWritable) this.#writing ??= this.#write();
    while (this.#isWritable && this.#window.end - this.#written > MAX_PENDING_BYTES) await this.#writing;
    if (!this.#isWritable) await this.#waitForReaders();
  }

  /** Whether all that is here is in the file; resolves once it is, or cannot be. */
  async written(): Promise<boolean> {
    while (this.#isWritable && this.#written < this.#window.end) await (this.#writing ??= this.#write());
    return this.#isWritable;
  }

  /** Nothing more comes, as this happened. */
  fail(cause: unknown): void {
    this.#failure = { cause };
    this.#wake();
  }

  /** Nobody need begin to read here any more: the file is closed when the last reader has left. */
  release(): void {
    this.#isReleased = true;
    if (this.#readers.size === 0) this.#close();
  }

  /** Whether who starts to read there finds everything from there on. */
  canRead(position: number): boolean {
    const isGapless = position >= this.#window.start || this.#window.start <= this.#written;
    return isGapless && this.#failure === undefined && !this.#isReleased;
  }

  /** Opens it from `start` to `end`, both included. */
  read({ start, end }: ByteSpan): GrowingBody {
    const body = new GrowingBody(this, start, end + 1, () => this.#leave(body));
    this.#readers.add(body);
    return body;
  }

  /** Bytes from `position` on, before `end`, that are in memory; none when they are still to come, undefined when they are on disk
   *  only. Throws what the blob failed with, once there is no more of it. */
  recent(position: number, end: number): Buffer | undefined {
    if (position < this.#window.end) return this.#window.slice(position, end);
    if (this.#failure) throw this.#failure.cause;
    return NOTHING;
  }

  /** Reads what was written from `position` on into `buffer`; gives how much. */
  async older(position: number, buffer: Buffer): Promise<number> {
    const length = Math.min(buffer.length, this.#written - position);
    if (this.#file === undefined || length <= 0)
      throw new Error(`blob ${this.digest}: byte ${position} is not here now`);
    const { bytesRead } = await this.#file.read(buffer, 0, length, position);
    if (bytesRead === 0) throw new Error(`blob ${this.digest}: its file ends at byte ${position}`);
    return bytesRead;
  }

  /** Writes all there is, and what comes meanwhile. */
  async #write(): Promise<void> {
    try {
      while (this.#written < this.#window.end) {
        const pieces = this.#window.piecesFrom(this.#written);
        const { bytesWritten } = await this.#file!.writev(pieces, this.#written);
        this.#written += bytesWritten;
        this.#window.dropBefore(Math.min(this.#written, this.#window.end - RECENT_BYTES));
      }
    } catch (err) {
      this.#isWritable = false;
      this.#options.onUnwritable(err);
    } finally {
      this.#writing = undefined;
    }
  }

  /** Keeps in memory what somebody has still to read, but never much of it. */
  async #waitForReaders(): Promise<void> {
    for (;;) {
      const [first, ...others] = this.#readers;
      if (first === undefined) return this.#window.dropBefore(this.#window.end);
      const slowest = others.reduce((a, b) => (b.position < a.position ? b : a), first);
      this.#window.dropBefore(Math.max(slowest.position, this.#written));
      if (this.#window.end - this.#window.start <= MAX_PENDING_BYTES) return;
      await this.#hasMoved(slowest);
    }
  }

  /** Waits until a reader has read on. One that does not is cut, as all others wait for it. */
  async #hasMoved(reader: GrowingBody): Promise<void> {
    const patience = setTimeout(() => reader.cut(new Error(`blob ${this.digest}: its reader stalled`)), MAX_STALL_MS);
    try {
      await reader.moved();
    } finally {
      clearTimeout(patience);
    }
  }

  #leave(body: GrowingBody): void {
    this.#readers.delete(body);
    if (this.#isReleased && this.#readers.size === 0) this.#close();
    this.#options.onLeft();
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#isWritable = false;
    void file?.close();
  }
}

const NOTHING = Buffer.alloc(0);
