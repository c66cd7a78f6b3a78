import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../folder/make-folders.ts';

/** What a file is called before it is whole. One that a crash has left is swept by its name. */
const TEMPORARY = '.tmp-';
export const isTemporary = (name: string): boolean => name.startsWith(TEMPORARY);
export const temporaryBeside = (path: string): string => join(dirname(path), `${TEMPORARY}${randomUUID()}`);

/** Adds the path to what the disk says of an open file, which does not tell it. */
export async function naming<T>(path: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${path}: ${message}`, { cause }), { code });
  }
}

/** Makes what was written to a file, or the names in a directory, survive a loss of power. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await naming(path, handle.sync());
  } finally {
    await handle.close();
  }
}

/** Makes a directory and those above it that are missing, for good. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await makeFolders(path);
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await sync(dirname(made));
}

/** Puts a small file in place of another, whole or not at all; the caller syncs the directory. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await naming(path, handle.writeFile(content));
      await naming(path, handle.sync());
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (err) {
    await rm(temporary, { force: true });
    throw err;
  }
}

/** Gives a temporary file the name that it is to keep: beside its own, or where that cannot be instead. What is there under that name
 *  with the same size stays. The caller syncs the directory. */
export async function linkOrMove(temporary: string, to: string): Promise<void> {
  try {
    await link(temporary, to);
  } catch (err) {
    const code = (err as NodeJS.ErrnoException).code ?? '';
    if (code !== 'EEXIST' && !CANNOT_LINK.has(code)) throw err;
    if (code === 'EEXIST' && (await sizeOf(to)) === (await stat(temporary)).size) return;
    await rename(temporary, to);
  }
}

/** Gives a file a second name, or where that cannot be (another file system, too many names) a copy. What is there under
 *  that name with the same size stays: then it is false. The caller syncs the directory. */
export async function linkOrCopy(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      // Unless somebody sweeps it away just now.
      if ((await sizeOf(to)) === (await stat(from)).size) return false;
    } else if (!CANNOT_LINK.has(code ?? '')) throw err;
    await copyInto(from, to);
    return true;
  }
}

const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );

const CANNOT_LINK = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function copyInto(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to);
  try {
    await link(from, temporary).catch(async (err: unknown) => {
      if (!CANNOT_LINK.has((err as NodeJS.ErrnoException).code ?? '')) throw err;
      // Without a copy where the file system can share the blocks.
      await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await sync(temporary);
    });
    await rename(temporary, to);
  } catch (err) {
    await rm(temporary, { force: true });
    throw err;
  }
}
