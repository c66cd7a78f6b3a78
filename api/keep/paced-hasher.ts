import type { Files, FileStat } from '../folder/files.ts';
import { NotServed, readFailure } from '../folder/not-served.ts';
import type { Hasher } from '../folder/saved-files.ts';
import { Digester, type Algorithm, type Digest } from '../oci/digest.ts';
import type { Pace } from './pace.ts';

const CHUNK_BYTES = 1024 * 1024;
/** What opening a file costs, as if it was so much to read: many small ones must not go faster than a disk does it. */
const OPENING_BYTES = 64 * 1024;

/** Hashes one file after the other, whatever is remembered of it, no faster than its pace. */
export class PacedHasher implements Hasher {
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  /** `signal` ends it. */
  constructor(pace: Pace, signal: AbortSignal) {
    this.#pace = pace;
    this.#signal = signal;
  }

  /** Not to be called again before it has resolved. Throws NotServed when it is another file by now, or cannot be read. */
  async digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    await this.#pace.spend(OPENING_BYTES, this.#signal);
    const open = await files.open(path);
    try {
      const digester = new Digester(algorithm);
      let position = 0;
      while (open.identity === file.identity && position < file.size) {
        const { bytesRead } = await open.handle.read(this.#chunk, 0, CHUNK_BYTES, open.offset + position);
        if (bytesRead === 0) break;
        digester.update(this.#chunk.subarray(0, bytesRead));
        position += bytesRead;
        await this.#pace.spend(bytesRead, this.#signal);
      }
      if (position !== file.size || !open.isUnchanged()) throw new NotServed(`${path}: it changed while it was read`);
      return digester.digest();
    } catch (err) {
      throw readFailure(path, err);
    } finally {
      await open.handle.close();
    }
  }
}
