import { chunkSize, giveBuffer, takeBuffer } from '../folder/chunk-buffers.ts';
import type { Body } from '../registry.ts';
import type { GrowingBlob } from './growing-blob.ts';

/** One reader of a blob that is still coming in: from memory while it keeps up, from the file when it is slower. */
export class GrowingBody implements Body {
  readonly #blob: GrowingBlob;
  readonly #end: number;
  readonly #onLeft: () => void;
  readonly #buffers: [Buffer?, Buffer?] = [];
  #position: number;
  #turn: 0 | 1 = 1;
  #failure: { readonly cause: unknown } | undefined;
  #reading: Promise<unknown> | undefined;
  #isOver = false;
  /** Ends its wait for more. */
  #onMore: (() => void) | undefined;
  /** Ends others' wait for it. */
  #onMoved: (() => void) | undefined;

  /** `end` is not included. */
  constructor(blob: GrowingBlob, start: number, end: number, onLeft: () => void) {
    this.#blob = blob;
    this.#position = start;
    this.#end = end;
    this.#onLeft = onLeft;
  }

  /** Up to where its reader has got it. */
  get position(): number {
    return this.#position;
  }

  /** Calls back when it reads on or leaves; only who asked last. */
  onMoved(callback: () => void): void {
    this.#onMoved = callback;
  }

  /** There is more, or there will be none. */
  wake(): void {
    this.#onMore?.();
  }

  /** Ends it for its reader, unless that has left. */
  cut(cause: unknown): void {
    if (this.#isOver) return;
    this.#failure = { cause };
    this.#leave();
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    try {
      while (!this.#isOver && this.#position < this.#end) {
        const recent = this.#blob.recent(this.#position, this.#end);
        if (recent?.length === 0) {
          // Nothing may come between looking and waiting, or it would not be noticed.
          await new Promise<void>((resolve) => (this.#onMore = resolve));
          continue;
        }
        const chunk = recent ?? (await this.#older());
        if (this.#hasLeft()) break;
        this.#position += chunk.length;
        this.#onMoved?.();
        // Whoever has it all is not to be waited for.
        if (this.#position >= this.#end) this.#leave();
        return { done: false, value: chunk };
      }
    } catch (cause) {
      this.cut(cause);
    }
    this.#leave();
    if (this.#failure) throw this.#failure.cause;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#leave();
    // Not before a read in progress has ended, which still writes into one.
    await this.#reading;
    for (const buffer of this.#buffers.splice(0)) if (buffer) giveBuffer(buffer);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What it fell behind with, from the file. */
  async #older(): Promise<Buffer> {
    const buffer = this.#buffer().subarray(0, this.#end - this.#position);
    const reading = this.#blob.older(this.#position, buffer);
    this.#reading = reading.catch(() => undefined);
    return buffer.subarray(0, await reading);
  }

  /** One of two, by turns, as the other may still be on its way. */
  #buffer(): Buffer {
    this.#turn = this.#turn === 0 ? 1 : 0;
    return (this.#buffers[this.#turn] ??= takeBuffer(chunkSize(this.#blob.size)));
  }

  #hasLeft(): boolean {
    return this.#isOver;
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onMore?.();
    this.#onMoved?.();
    this.#onLeft();
  }
}
