import { lstat, unlink } from 'node:fs/promises';

/** One name of a file. */
export interface FileName {
  /** Device and inode: names with the same one are one file. */
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** How many names the file has. */
  readonly links: number;
  /** When it was last written, or given or taken a name, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** Takes names of files away, and counts the bytes of those that lost their last. A dry run only remembers what it would have taken,
 *  and sees the folder as it would be then. */
export class Unlinker {
  readonly dryRun: boolean;
  #freedBytes = 0;
  readonly #gone = new Set<string>();
  /** By id, how many names the file would have lost. */
  readonly #lost = new Map<string, number>();

  constructor({ dryRun }: { readonly dryRun: boolean }) {
    this.dryRun = dryRun;
  }

  /** What was on disk once, and is on it no more. */
  get freedBytes(): number {
    return this.#freedBytes;
  }

  /** The regular file at a path, undefined when there is none, or would be none by now. */
  async look(path: string): Promise<FileName | undefined> {
    if (this.#gone.has(path)) return undefined;
    const stats = await lstat(path, { bigint: true }).catch(ifMissing);
    if (!stats?.isFile()) return undefined;
    const id = `${stats.dev}:${stats.ino}`;
    return {
      id,
      size: Number(stats.size),
      links: Number(stats.nlink) - (this.#lost.get(id) ?? 0),
      changedMs: Math.max(Number(stats.ctimeMs), Number(stats.mtimeMs)),
    };
  }

  /** Takes a name away; undefined when there was none. */
  async unlink(path: string): Promise<FileName | undefined> {
    const file = await this.look(path);
    if (file === undefined) return undefined;
    if (this.dryRun) {
      this.#gone.add(path);
      this.#lost.set(file.id, (this.#lost.get(file.id) ?? 0) + 1);
    } else {
      await unlink(path).catch(ifMissing);
    }
    if (file.links === 1) this.#freedBytes += file.size;
    return file;
  }
}

function ifMissing(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT' || err.code === 'ENOTDIR') return undefined;
  throw err;
}
