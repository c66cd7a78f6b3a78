import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { create } from 'tar';

/** Packs a folder into a tar, compressed as the name of the file says. */
export async function writeArchive(file: string, folder: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await create({ cwd: folder, file, portable: true }, ['.']);
  if (file.endsWith('gz')) await writeFile(file, gzipSync(await readFile(file)));
  if (file.endsWith('zst')) await writeFile(file, zstdCompressSync(await readFile(file)));
}
