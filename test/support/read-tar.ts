import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** A file out of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly mtime: Date | undefined;
  readonly uname: string | undefined;
  readonly gname: string | undefined;
  /** Whether a pax header stands before it. */
  readonly pax: boolean;
}

/** All that is in an archive, in its order; read by another library than the one that wrote it. */
export async function readTar(bytes: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const tar = Readable.from([bytes]).pipe(extract());
  for await (const entry of tar) {
    const { name, mode, uid, gid, mtime, uname, gname, pax } = entry.header;
    const content = await buffer(entry);
    entries.push({ name, bytes: content, mode, uid, gid, mtime, uname, gname, pax: Boolean(pax) });
  }
  return entries;
}
