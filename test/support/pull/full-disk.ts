import { open, type FileHandle } from 'node:fs/promises';

/** A disk that is full after so many bytes of every file that is written in pieces, until this is disposed of. */
export interface FullDisk extends Disposable {
  /** How often a write was refused. */
  readonly refused: () => number;
}

type Writev = FileHandle['writev'];

/** `after` bytes of each file fit. */
export async function fillDisk(after: number): Promise<FullDisk> {
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the handle that it was called on
  const writev: Writev = prototype.writev;
  let refused = 0;
  prototype.writev = function (this: FileHandle, pieces, position) {
    const fits = after - (position ?? 0);
    if (fits > 0) return writev.call(this, cut(pieces, fits), position);
    refused++;
    return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  } as Writev;
  return { refused: () => refused, [Symbol.dispose]: () => void (prototype.writev = writev) };
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
