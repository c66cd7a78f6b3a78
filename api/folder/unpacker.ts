import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { Compression } from '../archive/compression.ts';
import { decompress, type UnpackLimits } from '../archive/decompress.ts';
import type { Tar } from './archive.ts';
import type { FileIdentity } from './file-identity.ts';
import type { OpenFile } from './files.ts';
import { makeFolders } from './make-folders.ts';
import { NotServed } from './not-served.ts';
import { Tree } from './tree.ts';

/** What the unpacked copy of an archive is called; it begins with the device. */
export const unpackedName = (archive: FileIdentity): string => `${archive.replaceAll(':', '-')}.tar`;

/** Unpacks compressed archives, which cannot be read in place, each once: into a folder of ours, by the identity of the archive. */
export class Unpacker {
  readonly #folder: string | undefined;
  readonly #limits: Partial<UnpackLimits>;
  readonly #signal: AbortSignal | undefined;
  // Each takes a core.
  readonly #inTurn = pLimit(1);

  /** `folder` is made when there is something to unpack; without one nothing is. `signal` ends unpacking. */
  constructor(folder: string | undefined, limits: Partial<UnpackLimits> = {}, signal?: AbortSignal) {
    this.#folder = folder;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** The tar that an archive holds. Throws InvalidArchive, and NotServed when there is no place for it. */
  async unpack(archive: OpenFile, path: string, compression: Compression): Promise<Tar> {
    const folder = this.#folder;
    if (folder === undefined)
      throw new NotServed(`${path}: it is compressed, and there is no folder to unpack it into`);
    const name = unpackedName(archive.identity);
    const find = (): Tar | undefined => this.find(archive.identity);
    const tar =
      find() ??
      (await this.#inTurn(async () => find() ?? (await this.#write(archive, path, compression, folder, name), find())));
    if (tar === undefined) throw new NotServed(`${path}: what was unpacked of it into ${folder} is gone`);
    return tar;
  }

  /** What was unpacked already. */
  find(archive: FileIdentity): Tar | undefined {
    if (this.#folder === undefined) return undefined;
    const [tree, name] = [new Tree(this.#folder), unpackedName(archive)];
    const file = tree.statFile(name);
    return file && { files: tree, path: name, identity: file.identity };
  }

  async #write(archive: OpenFile, path: string, compression: Compression, folder: string, name: string): Promise<void> {
    const temporary = join(folder, `.${randomUUID()}`);
    try {
      await makeFolders(folder);
      const target = await open(temporary, 'wx');
      try {
        const source = createReadStream('', { fd: archive.handle, start: 0, autoClose: false });
        for await (const chunk of decompress(source, compression, path, this.#limits, this.#signal)) {
          await target.writeFile(chunk);
        }
        await target.sync();
      } finally {
        await target.close();
      }
      if (!archive.isUnchanged()) throw new NotServed(`${path}: it changed while it was unpacked`);
      await rename(temporary, join(folder, name));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      this.#signal?.throwIfAborted();
      if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
      const reason = (cause as Error).message;
      throw new NotServed(`${path}: it is compressed, and cannot be unpacked into ${folder}: ${reason}`, { cause });
    }
  }
}
