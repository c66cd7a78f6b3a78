import type { TarEntry } from '../archive/tar-members.ts';
import { identityWithin, type FileIdentity } from './file-identity.ts';
import type { Files, FileStat, OpenFile } from './files.ts';
import { NotServed, readFailure } from './not-served.ts';

/** The files of a tar archive, read where they lie: `<archive>/<path inside>`, as if it was a folder. */
export class ArchiveFiles implements Files {
  readonly #tar: Files;
  readonly #tarPath: string;
  readonly #identity: FileIdentity;
  readonly #prefix: string;
  readonly #entries: ReadonlyMap<string, TarEntry>;

  /** `entries` are those of the tar at `tarPath` while it has this identity; `path` is what the archive is called, which is
   *  another when it had to be unpacked. */
  constructor(
    tar: { readonly files: Files; readonly path: string; readonly identity: FileIdentity },
    path: string,
    entries: ReadonlyMap<string, TarEntry>,
  ) {
    this.#tar = tar.files;
    this.#tarPath = tar.path;
    this.#identity = tar.identity;
    this.#prefix = `${path}/`;
    this.#entries = entries;
  }

  statFile(path: string): FileStat | undefined {
    const entry = path.startsWith(this.#prefix) ? this.#entries.get(path.slice(this.#prefix.length)) : undefined;
    return entry && { identity: identityWithin(this.#identity, entry.offset, entry.size), size: entry.size };
  }

  async open(path: string): Promise<OpenFile> {
    const entry = this.#entries.get(path.slice(this.#prefix.length));
    const file = this.statFile(path);
    if (entry === undefined || file === undefined) throw new NotServed(`${path}: no such file`);
    const tar = await this.#tar.open(this.#tarPath);
    if (tar.identity === this.#identity) {
      return { handle: tar.handle, offset: entry.offset, ...file, isUnchanged: () => tar.isUnchanged() };
    }
    await tar.handle.close();
    throw new NotServed(`${this.#prefix.slice(0, -1)}: it was replaced while it was read`);
  }

  async read(path: string, maxBytes: number): Promise<{ bytes: Buffer; identity: FileIdentity }> {
    const { handle, offset, identity, size } = await this.open(path);
    try {
      if (size > maxBytes) throw new NotServed(`${path}: ${size} bytes, at most ${maxBytes} are read`);
      const bytes = Buffer.allocUnsafeSlow(size);
      for (let filled = 0; filled < size;) {
        const { bytesRead } = await handle.read(bytes, filled, size - filled, offset + filled);
        if (bytesRead === 0) throw new NotServed(`${path}: it changed while it was read`);
        filled += bytesRead;
      }
      return { bytes, identity };
    } catch (err) {
      throw readFailure(path, err);
    } finally {
      await handle.close();
    }
  }
}
