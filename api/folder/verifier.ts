import { Digester, type Algorithm, type Digest } from '../oci/digest.ts';
import type { FileIdentity } from './file-identity.ts';
import type { KnownDigests } from './known-digests.ts';
import type { Files, FileStat } from './files.ts';
import { NotServed, readFailure } from './not-served.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Large files hashed at the same time: more would only make a disk seek. */
const MAX_PASSES = 2;
/** Files up to here do not wait for their turn, as answers wait for them: a config is not to wait for a layer. */
export const SMALL_BYTES = 1024 * 1024;

/** Hashes files, each once: askers of the same file share one pass, and what came of it is remembered by identity. */
export class Verifier {
  readonly #known: KnownDigests;
  readonly #passes = new Map<string, Promise<Digest>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(known: KnownDigests) {
    this.#known = known;
  }

  /** The digest of a file with this identity, if it was hashed before. */
  known(identity: FileIdentity, algorithm: Algorithm): Digest | undefined {
    return this.#known.get(identity, algorithm);
  }

  /** The digest of the file at `path` while it is the one in `file`. Throws NotServed when it is another by now. */
  async digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    const { identity, size } = file;
    const known = this.#known.get(identity, algorithm);
    if (known !== undefined) return known;
    const key = `${identity} ${algorithm}`;
    let pass = this.#passes.get(key);
    if (pass === undefined) {
      const hash = (): Promise<Digest> => this.#hash(files, path, identity, algorithm);
      pass = (size <= SMALL_BYTES ? hash() : this.#inTurn(hash)).finally(() => this.#passes.delete(key));
      this.#passes.set(key, pass);
    }
    return pass;
  }

  async #hash(files: Files, path: string, identity: FileIdentity, algorithm: Algorithm): Promise<Digest> {
    const file = await files.open(path);
    try {
      if (file.identity !== identity) throw new NotServed(`${path}: it changed while it was read`);
      const digester = new Digester(algorithm);
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, file.size));
      for (let position = 0; position < file.size;) {
        const { bytesRead } = await file.handle.read(
          chunk,
          0,
          Math.min(chunk.length, file.size - position),
          file.offset + position,
        );
        if (bytesRead === 0) throw new NotServed(`${path}: it became shorter while it was read`);
        digester.update(chunk.subarray(0, bytesRead));
        position += bytesRead;
      }
      const digest = digester.digest();
      const after = files.statFile(path);
      if (after?.identity !== identity) throw new NotServed(`${path}: it changed while it was read`);
      this.#known.set(identity, digest);
      return digest;
    } catch (err) {
      throw readFailure(path, err);
    } finally {
      await file.handle.close();
    }
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_PASSES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
