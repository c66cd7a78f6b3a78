import type { TarIndex } from '../archive/tar-index.ts';
import { ArchiveFiles } from './archive-files.ts';
import { archiveBaseName } from './archive-path.ts';
import type { FileIdentity } from './file-identity.ts';
import type { Files } from './files.ts';
import type { ImagePart } from './image-part.ts';
import { openParts, type PartReaders } from './image-parts.ts';

/** A tar to read from, as long as it is the one that was indexed. */
export interface Tar {
  readonly files: Files;
  readonly path: string;
  readonly identity: FileIdentity;
}

/** An archive as `docker save`, `podman save`, `ctr images export`, `skopeo copy … oci-archive:` and `crane pull` write it:
 *  images under the names written inside. */
export class Archive {
  /** The parts by repository, as the archive names it. */
  readonly parts: ReadonlyMap<string, ImagePart>;
  /** What in it has no name that a client can ask for. */
  readonly problems: readonly string[];
  /** How many entries and names are remembered. */
  readonly entries: number;
  readonly #tar: Tar;

  private constructor(tar: Tar, parts: ReadonlyMap<string, ImagePart>, problems: readonly string[], entries: number) {
    this.#tar = tar;
    this.parts = parts;
    this.problems = problems;
    this.entries = entries;
  }

  /** `path` is what the archive is called. Throws NotServed. */
  static async open(tar: Tar, path: string, { entries, ignored }: TarIndex, readers: PartReaders): Promise<Archive> {
    const { parts, problems, names } = await openParts(
      new ArchiveFiles(tar, path, entries),
      path,
      archiveBaseName(path),
      readers,
    );
    return new Archive(
      tar,
      parts,
      [...[...ignored].map(([name, reason]) => `${name}: ${reason}`), ...problems],
      entries.size + names,
    );
  }

  /** Whether what is read from is still there: an unpacked copy may be swept away. */
  isCurrent(): boolean {
    return this.#tar.files.statFile(this.#tar.path)?.identity === this.#tar.identity;
  }
}
