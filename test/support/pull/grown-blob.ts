import { randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { digestOf } from '../../../api/oci/digest.ts';
import { GrowingBlob } from '../../../api/pull/growing-blob.ts';
import { tempFolder } from '../temp-folder.ts';

export const MiB = 1024 * 1024;
export const CHUNK = 64 * 1024;
/** What it grows to. */
export const bytes = randomBytes(20 * MiB);

/** A blob, and who brings it in. */
export interface Grown {
  readonly blob: GrowingBlob;
  readonly file: FileHandle | undefined;
  /** Why it could not be written, each time it was told. */
  readonly unwritable: unknown[];
  /** How often a reader has left. */
  readonly left: () => number;
  /** Brings in the next bytes, as far as there is room for them. */
  readonly bring: (count: number) => Promise<void>;
}

export async function grow({ size = bytes.length, hasDisk = true } = {}): Promise<Grown> {
  const file = hasDisk ? await open(join(tempFolder(), 'blob'), 'wx+') : undefined;
  const unwritable: unknown[] = [];
  let left = 0;
  const blob = new GrowingBlob({
    digest: digestOf(bytes.subarray(0, size)),
    size,
    file,
    onUnwritable: (err) => unwritable.push(err),
    onLeft: () => left++,
  });
  const bring = async (count: number): Promise<void> => {
    for (const end = blob.received + count; blob.received < end;) {
      const chunk = Math.min(CHUNK, end - blob.received);
      await blob.append(bytes.subarray(blob.received, blob.received + chunk));
    }
  };
  return { blob, file, unwritable, left: () => left, bring };
}

export const all = { start: 0, end: bytes.length - 1 };
/** Lets everything happen that can. */
export const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await setImmediate();
};
