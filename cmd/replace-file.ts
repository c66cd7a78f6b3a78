import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, reasonOf } from './failure.ts';

/** Writes a file so that it is there whole or, when anything fails, as it was before. What is no regular file is written to as it is.
 *  A chunk is written before the next one is asked for. Throws what `chunks` throws, the reason of `signal`, or an error that names
 *  the file and what the system says of it. */
export async function replaceFile(path: string, chunks: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  const before = await statIfThere(path);
  // A rename would put a file in the place of /dev/null.
  if (before && !before.isFile()) {
    await using handle = await tell(path, open(path, 'w'));
    await writeAll(path, handle, chunks, signal);
    return;
  }
  const target = before ? await realpath(path) : path;
  const temporary = join(dirname(target), `.ociregistry-${randomUUID()}`);
  const handle = await tell(path, open(temporary, 'wx'));
  try {
    try {
      if (before) await tell(path, handle.chmod(before.mode & 0o777));
      await writeAll(path, handle, chunks, signal);
      await tell(path, handle.sync());
    } finally {
      await handle.close();
    }
    await tell(path, rename(temporary, target));
  } catch (err) {
    await rm(temporary, { force: true });
    throw err;
  }
}

async function writeAll(
  path: string,
  handle: FileHandle,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    // Not `write`, which may write a part and say so.
    await tell(path, handle.writeFile(chunk));
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (err) {
    if (codeOf(err) === 'ENOENT') return undefined;
    throw failure(path, err);
  }
}

async function tell<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (err) {
    throw failure(path, err);
  }
}

const failure = (path: string, cause: unknown): Error => new Error(`${path}: ${reasonOf(cause)}`, { cause });
