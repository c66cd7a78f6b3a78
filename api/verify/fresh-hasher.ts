import pLimit from 'p-limit';
import type { Files, FileStat, OpenFile } from '../folder/files.ts';
import type { KnownDigests } from '../folder/known-digests.ts';
import { NotServed, readFailure } from '../folder/not-served.ts';
import type { Hasher } from '../folder/saved-files.ts';
import type { LoadProgress } from '../progress.ts';
import { Digester, digestOf, type Algorithm, type Digest } from '../oci/digest.ts';

/** Up to here, as most manifests and configs are, a file is read in one go. */
const SMALL_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Large files read side by side: one is opened while another is read; more would only make a disk seek. */
const MAX_PASSES = 2;

/** Hashes files whatever is remembered of them, each once, however many names it has, and remembers what came of it. */
export class FreshHasher implements Hasher {
  readonly #known: KnownDigests;
  readonly #progress: LoadProgress;
  readonly #digests = new Map<string, Promise<Digest>>();
  readonly #inTurn = pLimit(MAX_PASSES);
  #bytes = 0;

  constructor(known: KnownDigests, progress: LoadProgress) {
    this.#known = known;
    this.#progress = progress;
  }

  /** How many files were hashed. */
  get files(): number {
    return this.#digests.size;
  }

  /** How many bytes were read. */
  get bytes(): number {
    return this.#bytes;
  }

  digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    const key = `${file.identity} ${algorithm}`;
    const before = this.#digests.get(key);
    if (before) return before;
    const hash = (): Promise<Digest> => this.#hash(files, path, file, algorithm);
    const digest = file.size <= SMALL_BYTES ? hash() : this.#inTurn(hash);
    this.#digests.set(key, digest);
    return digest;
  }

  async #hash(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    try {
      const digest = await (file.size <= SMALL_BYTES
        ? hashAtOnce(files, path, file, algorithm)
        : this.#hashInChunks(files, path, file, algorithm));
      this.#bytes += file.size;
      if (this.#known.get(file.identity, algorithm) !== digest) this.#known.set(file.identity, digest);
      return digest;
    } catch (err) {
      throw readFailure(path, err);
    }
  }

  async #hashInChunks(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    const open = await files.open(path);
    this.#progress.expect(file.size);
    const shown = this.#progress.start({ name: shortName(path), size: file.size });
    try {
      if (open.identity !== file.identity) throw changed(path);
      const digest = await hashOpen(open, algorithm, (bytes) => shown.advance(bytes));
      if (digest === undefined || !open.isUnchanged()) throw changed(path);
      return digest;
    } finally {
      shown.end();
      await open.handle.close();
    }
  }
}

async function hashAtOnce(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
  const { bytes, identity } = await files.read(path, SMALL_BYTES);
  if (identity !== file.identity) throw changed(path);
  return digestOf(bytes, algorithm);
}

/** Reads a chunk while the one before is hashed; undefined when the file is shorter than it was. */
async function hashOpen(
  { handle, offset, size }: OpenFile,
  algorithm: Algorithm,
  onBytes: (bytes: number) => void,
): Promise<Digest | undefined> {
  const digester = new Digester(algorithm);
  const length = Math.min(CHUNK_BYTES, size);
  let [current, next] = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)];
  const read = (into: Buffer, position: number) =>
    handle.read(into, 0, Math.min(into.length, size - position), offset + position);
  let { bytesRead } = await read(current, 0);
  for (let position = bytesRead; ; position += bytesRead) {
    if (bytesRead === 0) return position === size ? digester.digest() : undefined;
    const reading = read(next, position);
    digester.update(current.subarray(0, bytesRead));
    onBytes(bytesRead);
    ({ bytesRead } = await reading);
    [current, next] = [next, current];
  }
}

const changed = (path: string): NotServed => new NotServed(`${path}: it changed while it was read`);

/** `sha256:1d34ffeaf190` of a blob's path, else the file's name. */
function shortName(path: string): string {
  const [algorithm = '', name = ''] = path.split('/').slice(-2);
  return /^sha(?:256|512)$/.test(algorithm) ? `${algorithm}:${name.slice(0, 12)}` : name;
}
