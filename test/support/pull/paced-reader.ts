import type { Blob } from '../../../api/registry.ts';

/** A reader that takes a chunk only when it is let, as one whose network is slow. It checks the contract of a body: a chunk stays as it
 *  is until the second one after it is asked for. */
export class PacedReader {
  readonly blob: Blob;
  readonly chunks: Buffer[] = [];
  /** Resolves when it has ended: whole, cut off with an error, or by leaving. */
  readonly ended: Promise<'whole' | 'cut' | 'left'>;
  /** Why it was cut off. */
  error: unknown;
  /** A chunk did not stay as it was. */
  isSpoilt = false;
  #permits = 0;
  #hasLeft = false;
  #wake: (() => void) | undefined;
  #previous: { readonly given: Buffer; readonly copy: Buffer } | undefined;

  constructor(blob: Blob) {
    this.blob = blob;
    this.ended = this.#run();
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Lets it take so many chunks more. */
  permit(chunks = Infinity): void {
    this.#permits += chunks;
    this.#wake?.();
  }

  /** Hangs up, also in the middle of a read. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#wake?.();
    await this.blob.body.return();
  }

  #isGone(): boolean {
    return this.#hasLeft;
  }

  async #run(): Promise<'whole' | 'cut' | 'left'> {
    try {
      for (;;) {
        while (this.#permits < 1 && !this.#hasLeft) await new Promise<void>((resolve) => (this.#wake = resolve));
        if (this.#isGone()) return 'left';
        this.#permits--;
        const { done, value } = await this.blob.body.next();
        this.#checkPrevious();
        if (done) return this.#isGone() ? 'left' : 'whole';
        const copy = Buffer.from(value);
        this.chunks.push(copy);
        this.#previous = { given: value, copy };
      }
    } catch (err) {
      this.error = err;
      return 'cut';
    } finally {
      if (!this.#hasLeft) await this.blob.body.return();
    }
  }

  /** Of the chunk before the one that came just now. */
  #checkPrevious(): void {
    // Who has left has given its chunks back.
    if (this.#previous && !this.#hasLeft && !this.#previous.given.equals(this.#previous.copy)) this.isSpoilt = true;
  }
}
