import { FileBody } from '../folder/file-body.ts';
import type { FileIdentity } from '../folder/file-identity.ts';
import type { Files, FileStat } from '../folder/files.ts';
import type { KnownDigests } from '../folder/known-digests.ts';
import type { Hasher } from '../folder/saved-files.ts';
import type { Algorithm, Digest } from '../oci/digest.ts';
import type { Incoming, Work } from '../store/work.ts';
import type { LoadProgress } from '../progress.ts';

/** Hashes the files of what `docker save` wrote by bringing them in: their digests have to be known before there is a manifest
 *  that names them, and reading a large layer twice would take twice as long. */
export class IngestingHasher implements Hasher {
  readonly #work: Work;
  readonly #known: KnownDigests;
  readonly #progress: LoadProgress;
  readonly #digests = new Map<FileIdentity, Promise<Digest>>();

  constructor(work: Work, known: KnownDigests, progress: LoadProgress) {
    this.#work = work;
    this.#known = known;
    this.#progress = progress;
  }

  digestOf(files: Files, path: string, file: FileStat, algorithm: Algorithm): Promise<Digest> {
    const before = this.#digests.get(file.identity);
    const digest = before ?? this.#ingest(files, path, file, algorithm);
    this.#digests.set(file.identity, digest);
    return digest;
  }

  async #ingest(files: Files, path: string, { identity, size }: FileStat, algorithm: Algorithm): Promise<Digest> {
    const known = this.#known.get(identity, algorithm);
    if (known !== undefined && (await this.#work.hold({ digest: known, size }))) return known;
    this.#progress.expect(size);
    const shown = this.#progress.start({ name: path.slice(path.lastIndexOf('/') + 1), size });
    try {
      const source = async (): Promise<Incoming> => new FileBody(await files.open(path), path, { start: 0, end: size });
      const { digest } = await this.#work.add(algorithm, source, (bytes) => shown.advance(bytes));
      this.#known.set(identity, digest);
      return digest;
    } finally {
      shown.end();
    }
  }
}
