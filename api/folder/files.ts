import type { FileHandle } from 'node:fs/promises';
import type { FileIdentity } from './file-identity.ts';

/** A regular file, looked at. */
export interface FileStat {
  readonly identity: FileIdentity;
  /** In bytes. */
  readonly size: number;
}

/** A file to read from: its bytes are `size` bytes of the handle's file, from `offset` on. Whoever opened it closes the handle. */
export interface OpenFile extends FileStat {
  readonly handle: FileHandle;
  /** Above 0 inside an archive. */
  readonly offset: number;
  /** Whether the open file is still what it was when it was opened. */
  isUnchanged(): boolean;
}

/** Where an image's files are found by their path: a folder, or an archive. */
export interface Files {
  /** The regular file at a path, if there is one. */
  statFile(path: string): FileStat | undefined;
  /** Opens a regular file; the caller closes it. Throws NotServed when it is gone, or may not be read. */
  open(path: string): Promise<OpenFile>;
  /** Reads a small file whole. Throws NotServed when it is not there, or is larger than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<{ bytes: Buffer; identity: FileIdentity }>;
}
