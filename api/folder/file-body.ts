import type { Body } from '../registry.ts';
import type { OpenFile } from './files.ts';
import { chunkSize, giveBuffer, takeBuffer } from './chunk-buffers.ts';

/** The bytes of an open file from `start` to before `end`, read by turns into two buffers. Closes the file. */
export class FileBody implements Body {
  readonly #file: Pick<OpenFile, 'handle' | 'offset'>;
  readonly #name: string;
  readonly #end: number;
  readonly #beforeLast: (() => Promise<void>) | undefined;
  readonly #buffers: Buffer[];
  #position: number;
  #turn: 0 | 1 = 0;
  #closed: Promise<void> | undefined;

  /** `beforeLast` must succeed before the last chunk is given out; until then nobody has the whole.
   *  `name` is what an error calls the file. */
  constructor(
    file: Pick<OpenFile, 'handle' | 'offset'>,
    name: string,
    { start, end }: { start: number; end: number },
    beforeLast?: () => Promise<void>,
  ) {
    this.#file = file;
    this.#name = name;
    this.#position = start;
    this.#end = end;
    this.#beforeLast = beforeLast;
    const size = chunkSize(end - start);
    this.#buffers = [takeBuffer(size), takeBuffer(Math.min(size, end - start - size))];
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#closed || this.#position >= this.#end) {
      await this.#close();
      return { done: true, value: undefined };
    }
    try {
      const chunk = await this.#read();
      if (this.#position >= this.#end) await this.#beforeLast?.();
      return { done: false, value: chunk };
    } catch (err) {
      await this.#close();
      throw err;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#close();
    for (const buffer of this.#buffers.splice(0)) giveBuffer(buffer);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends once a read in progress has ended, so that no buffer is handed on while one still writes into it. */
  #close(): Promise<void> {
    return (this.#closed ??= this.#file.handle.close());
  }

  async #read(): Promise<Buffer> {
    const buffer = this.#buffers[this.#turn]!;
    this.#turn = this.#turn === 0 ? 1 : 0;
    const wanted = Math.min(buffer.length, this.#end - this.#position);
    let filled = 0;
    while (filled < wanted) {
      const at = this.#position + filled;
      const { handle, offset } = this.#file;
      const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + at).catch((cause: unknown) => {
        throw new Error(`${this.#name}: reading at byte ${at} failed: ${(cause as Error).message}`, { cause });
      });
      if (bytesRead === 0) throw new Error(`${this.#name}: it ends at byte ${at}, expected ${this.#end}`);
      filled += bytesRead;
    }
    this.#position += wanted;
    return buffer.subarray(0, wanted);
  }
}
