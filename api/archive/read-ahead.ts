import type { TarFile } from './tar-file.ts';

const LEAST_AHEAD_BYTES = 16 * 1024;
const MOST_AHEAD_BYTES = 256 * 1024;

/** Reads further ahead the closer together the wanted bytes are: a million empty files take 2,000 reads, while of a large
 *  file little more than its header is read. */
export class ReadAhead {
  readonly #file: TarFile;
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #ahead = LEAST_AHEAD_BYTES;

  constructor(file: TarFile) {
    this.#file = file;
  }

  /** Fewer bytes than asked for only at the end; good until the next call. */
  async read(position: number, length: number): Promise<Buffer> {
    if (position < this.#start || position + length > this.#end) await this.#fill(position, length);
    return this.#buffer.subarray(position - this.#start, Math.min(position + length, this.#end) - this.#start);
  }

  async #fill(position: number, length: number): Promise<void> {
    const isNear = position - this.#end <= this.#ahead;
    this.#ahead = isNear ? Math.min(this.#ahead * 2, MOST_AHEAD_BYTES) : LEAST_AHEAD_BYTES;
    const wanted = Math.min(Math.max(length, this.#ahead), this.#file.size - position);
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#start = this.#end = position;
    for (let read = -1; read !== 0 && this.#end < position + wanted; this.#end += read) {
      const filled = this.#end - position;
      ({ bytesRead: read } = await this.#file.handle.read(this.#buffer, filled, wanted - filled, this.#end));
    }
  }
}
