import { open, type FileHandle } from 'node:fs/promises';
import type { TestContext } from 'node:test';

/** Lets a disk be full after so many bytes of every file that is written in pieces, until it is restored. */
export interface FullDisk {
  /** How often a write was refused. */
  readonly refused: () => number;
  readonly restore: () => void;
}

type Writev = FileHandle['writev'];

/** `after` bytes of each file fit. */
export async function fillDisk(t: Pick<TestContext, 'mock'>, after: number): Promise<FullDisk> {
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the handle that it was called on
  const writev: Writev = prototype.writev;
  let refused = 0;
  const mocked = t.mock.method(prototype, 'writev', function (this: FileHandle, ...args: Parameters<Writev>) {
    const [pieces, position = 0] = args;
    const fits = after - position;
    if (fits > 0) return writev.call(this, cut(pieces, fits), position);
    refused++;
    return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  } as Writev);
  return { refused: () => refused, restore: () => mocked.mock.restore() };
}

/** So many bytes of them: a disk takes what fits before it refuses the rest. */
function cut(pieces: readonly NodeJS.ArrayBufferView[], bytes: number): NodeJS.ArrayBufferView[] {
  const taken = [];
  for (const piece of pieces) {
    if (bytes <= 0) break;
    taken.push(Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, bytes)));
    bytes -= piece.byteLength;
  }
  return taken;
}
