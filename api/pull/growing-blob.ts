import type { FileHandle } from 'node:fs/promises';
import type { ByteSpan } from '../oci/byte-range.ts';
import type { Digest } from '../oci/digest.ts';
import { BlockWindow } from './block-window.ts';
import { enterFill, fillBytes } from './fill-memory.ts';
import { GrowingBody } from './growing-body.ts';

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
  readonly #leaveMemory = enterFill();
  /** Ends the wait for a reader. */
  #onFailed: (() => void) | undefined;

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

  /** How much of it is in memory, in bytes. */
  get held(): number {
    return this.#window.end - this.#window.start;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Takes in the next bytes, which readers have at once. Resolves when there is room for more. Throws when there are more than
   *  there should be, and what the blob failed with while it waited. */
  async append(chunk: Uint8Array): Promise<void> {
    if (chunk.length > this.size - this.received) throw new Error(`blob ${this.digest}: more than ${this.size} bytes`);
    this.#window.append(chunk);
    this.#letGo(this.#written);
    this.#wake();
    if (this.#isWritable) void this.#write();
    while (this.#isWritable && this.#window.end - this.#written > fillBytes()) await this.#write();
    if (!this.#isWritable) await this.#waitForReaders();
  }

  /** Nothing more comes. Tells whether all of it is in the file, once it is or cannot be. Throws when some of it never came. */
  async end(): Promise<boolean> {
    if (this.received < this.size)
      throw new Error(`blob ${this.digest}: it ended at byte ${this.received} of ${this.size}`);
    while (this.#isWritable && this.#written < this.size) await this.#write();
    return this.#isWritable;
  }

  /** Nothing more comes, as this happened. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    // Nobody needs the file any more but for what is in it.
    this.#isWritable = false;
    this.#wake();
    this.#onFailed?.();
  }

  /** Nobody need begin to read here any more: the file is closed when the last reader has left. */
  release(): void {
    this.#isReleased = true;
    this.#leaveMemory();
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

  /** Writes all there is, and what comes meanwhile; for all who want that at the same time. Never rejects. */
  #write(): Promise<void> {
    return (this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined)));
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#isWritable && this.#written < this.#window.end) {
        const pieces = this.#window.piecesFrom(this.#written);
        const { bytesWritten } = await this.#file!.writev(pieces, this.#written);
        this.#written += bytesWritten;
        this.#letGo(this.#written);
      }
    } catch (err) {
      if (!this.#isWritable) return;
      this.#isWritable = false;
      this.#options.onUnwritable(err);
    }
  }

  /** Keeps in memory what somebody has still to read, but never much of it. */
  async #waitForReaders(): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure.cause;
      const slowest = this.#slowest();
      this.#letGo(slowest ? Math.max(slowest.position, this.#written) : this.#window.end);
      if (slowest === undefined || this.held <= fillBytes()) return;
      await this.#hasMoved(slowest);
    }
  }

  /** Of what lies before `position` in memory, but for the newest: who keeps up finds it there, and who comes a little later. */
  #letGo(position: number): void {
    this.#window.dropBefore(Math.min(position, this.#window.end - fillBytes() / 2));
  }

  #slowest(): GrowingBody | undefined {
    let slowest: GrowingBody | undefined;
    for (const reader of this.#readers) {
      if (slowest === undefined || reader.position < slowest.position) slowest = reader;
    }
    return slowest;
  }

  /** Waits until a reader has read on. If it does not, all that stand still are cut at once, as others wait for them. */
  async #hasMoved(reader: GrowingBody): Promise<void> {
    const before = [...this.#readers].map((one) => ({ one, at: one.position }));
    const cut = (): void => {
      const stalled = before.filter(({ one, at }) => one.position === at && at < this.#window.end);
      for (const { one } of stalled) one.cut(new Error(`blob ${this.digest}: its reader stalled`));
    };
    const patience = setTimeout(cut, MAX_STALL_MS);
    await new Promise<void>((resolve) => {
      this.#onFailed = resolve;
      reader.onMoved(resolve);
    });
    clearTimeout(patience);
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
    // What was to be kept was synced before; it waits for what is being read or written just now.
    file?.close().catch(() => undefined);
  }
}

const NOTHING = Buffer.alloc(0);
