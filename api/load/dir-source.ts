import type { ImageDir, ReadManifest } from '../folder/image-dir.ts';
import { FileBody } from '../folder/file-body.ts';
import { Referrers } from '../folder/referrers.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Incoming } from '../store/work.ts';
import type { ImageSource } from './image-source.ts';

/** Images out of a directory or an archive. */
export class DirSource implements ImageSource {
  readonly #dir: ImageDir;
  readonly #referrers = new Referrers();

  constructor(dir: ImageDir) {
    this.#dir = dir;
  }

  manifest({ digest }: Descriptor): Promise<ReadManifest | undefined> {
    return this.#dir.manifest(digest);
  }

  referrers({ digest }: Descriptor): Promise<readonly Descriptor[]> {
    return this.#referrers.of(this.#dir, digest);
  }

  async open({ digest }: Descriptor): Promise<Incoming | undefined> {
    const file = this.#dir.file(digest);
    if (file === undefined) return undefined;
    const open = await file.files.open(file.path);
    return new FileBody(open, file.path, { start: 0, end: open.size });
  }
}
