import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from './stored.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface WrittenDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Writes an OCI image layout by hand, for what no tool of Debian makes: artifacts, charts, huge layers. */
export class LayoutWriter {
  readonly #folder: string;
  readonly #roots: object[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async addBlob(mediaType: string, bytes: Buffer | string): Promise<WrittenDescriptor> {
    const digest = sha256(bytes);
    await writeFile(await this.#pathOf(digest), bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  }

  /** Takes a file that is there already into the layout. */
  async moveBlob(mediaType: string, path: string, digest: string, size: number): Promise<WrittenDescriptor> {
    await rename(path, await this.#pathOf(digest));
    return { mediaType, digest, size };
  }

  /** Without a tag it is only found by digest, as referrers are. */
  async addManifest(manifest: object, tag?: string): Promise<WrittenDescriptor> {
    const whole = { schemaVersion: 2, mediaType: OCI_MANIFEST, ...manifest };
    const descriptor = await this.addBlob(OCI_MANIFEST, JSON.stringify(whole));
    const named = tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
    this.#roots.push({ ...descriptor, ...named });
    return descriptor;
  }

  async finish(): Promise<void> {
    await writeFile(join(this.#folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(this.#folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: this.#roots }));
  }

  async #pathOf(digest: string): Promise<string> {
    const [algorithm = '', hex = ''] = digest.split(':');
    await mkdir(join(this.#folder, 'blobs', algorithm), { recursive: true });
    return join(this.#folder, 'blobs', algorithm, hex);
  }
}
