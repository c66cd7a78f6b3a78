/** Large enough that a reader who falls behind gets much at once, small enough to let go of one by one. */
const BLOCK_BYTES = 256 * 1024;

interface Block {
  /** Where it begins in the whole. */
  readonly start: number;
  readonly bytes: Buffer;
  filled: number;
}

/** The newest part of something that grows, in memory. A byte is copied in once and never moved, so that what was sliced out of it
 *  can be sent to any number of readers. */
export class BlockWindow {
  readonly #size: number;
  #blocks: Block[] = [];
  #end = 0;

  /** `size` is that of the whole, in bytes. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Where what is still here begins. */
  get start(): number {
    return this.#blocks[0]?.start ?? this.#end;
  }

  /** How much has come in. */
  get end(): number {
    return this.#end;
  }

  append(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0;) {
      const block = this.#open();
      const part = rest.subarray(0, block.bytes.length - block.filled);
      block.bytes.set(part, block.filled);
      block.filled += part.length;
      this.#end += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** What is here from `position` on and before `end`, as far as it lies in one piece; undefined when it was let go of. */
  slice(position: number, end: number): Buffer | undefined {
    const first = this.#blocks[0];
    if (first === undefined || position < first.start || position >= this.#end) return undefined;
    const block = this.#blocks[Math.floor((position - first.start) / BLOCK_BYTES)]!;
    return block.bytes.subarray(position - block.start, Math.min(block.filled, end - block.start));
  }

  /** All that is here from `position` on, in pieces. */
  piecesFrom(position: number): Buffer[] {
    const pieces = [];
    for (let at = position; at < this.#end;) {
      const piece = this.slice(at, this.#end);
      if (piece === undefined) throw new Error(`byte ${at} was let go of`);
      pieces.push(piece);
      at += piece.length;
    }
    return pieces;
  }

  /** Lets go of what lies before, as far as whole blocks do. */
  dropBefore(position: number): void {
    const kept = this.#blocks.findIndex(({ start, bytes }) => start + bytes.length > position);
    if (kept !== 0) this.#blocks = kept < 0 ? [] : this.#blocks.slice(kept);
  }

  #open(): Block {
    const last = this.#blocks.at(-1);
    if (last && last.filled < last.bytes.length) return last;
    const room = Math.max(this.#size - this.#end, 1);
    const block = { start: this.#end, bytes: Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, room)), filled: 0 };
    this.#blocks.push(block);
    return block;
  }
}
