import { Header } from 'tar/header';
import { Pax } from 'tar/pax';

/** A file of an archive, opened when its turn comes. */
export interface TarFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly open: () => AsyncIterable<Buffer>;
}

const BLOCK = 512;
/** Two blocks of zeros. */
const END = Buffer.alloc(2 * BLOCK);
/** The same for everyone who archives the same files, whenever and as whoever. */
const OWNED = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };

/** The bytes of an archive of these files, in their order. A chunk may be gone once the next one is asked for.
 *  Throws when a file is not as long as it said. */
export async function* tarOf(files: readonly TarFile[]): AsyncGenerator<Buffer, undefined, undefined> {
  for (const { name, size, open } of files) {
    yield headerOf(name, size);
    let bytes = 0;
    for await (const chunk of open()) {
      bytes += chunk.length;
      yield chunk;
    }
    if (bytes !== size) throw new Error(`${name}: ${bytes} bytes, expected ${size}`);
    if (paddingOf(size) > 0) yield END.subarray(0, paddingOf(size));
  }
  yield END;
}

/** How many bytes {@link tarOf} gives. */
export function tarSize(files: readonly TarFile[]): number {
  const sizes = files.map(({ name, size }) => headerOf(name, size).length + size + paddingOf(size));
  return sizes.reduce((sum, size) => sum + size, END.length);
}

/** A pax header goes before only where the plain one cannot say it: the path of a sha512 blob, and sizes from 8 GiB. */
function headerOf(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const needsPax = new Header({ ...OWNED, path, size, type: 'File' }).encode(block);
  return needsPax ? Buffer.concat([new Pax({ ...OWNED, path, size }).encode(), block]) : block;
}

const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
