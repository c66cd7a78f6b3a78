import type { FileHandle } from 'node:fs/promises';

/** An open tar; `size` in bytes. The caller closes it. */
export interface TarFile {
  readonly handle: Pick<FileHandle, 'read'>;
  readonly size: number;
}
