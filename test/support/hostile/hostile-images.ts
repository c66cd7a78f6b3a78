import { digestOf, splitDigest } from '../../../api/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import { descriptorOf, piece, piecesOf, tinyImage, type Piece, type TinyImage } from '../tiny-image.ts';
import { fileEntries, tarOf } from './tar-bytes.ts';

/** Something that a stranger sent: an archive. */
export interface HostileArchive {
  readonly what: string;
  readonly file: string;
  readonly bytes: () => Buffer;
  /** What `load` says; undefined when the image in it is loaded as if nothing was. */
  readonly refused: RegExp | undefined;
  /** What `list --problems` says of it where it lies; undefined when its image is listed. */
  readonly problem: RegExp | undefined;
}

/** What is in a layout, or in what `docker save` wrote, by path. Undefined takes a file away. */
type Changes = Readonly<Record<string, Buffer | undefined>>;

export const MiB = 1024 * 1024;
export const NAME = 'evil:v1';
export const image: TinyImage = tinyImage({ seed: 'evil' });
export const layer: Piece = image.layers[0]!;
/** Beside an image's manifest. */
export const blobs: readonly Piece[] = [image.config, ...image.layers];

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
/** So many lists, each within another. */
export const deepJson = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
/** The path of a blob in a layout. */
export const blobName = ({ digest }: Pick<Piece, 'digest'>): string => `blobs/sha256/${splitDigest(digest).encoded}`;

export const manifestOf = (text: string | object): Piece => piece(text, OCI_MANIFEST);
export const indexOf = (manifests: readonly object[]): Piece =>
  piece({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
/** A descriptor of something that is nowhere. */
export const absent = (text: string): object => ({ digest: digestOf(Buffer.from(text)), size: 1 });

/** An entry of `index.json`; with a name as containerd writes it. */
export const named = (manifest: Pick<Piece, 'digest'>, name: string): object => ({
  digest: manifest.digest,
  size: 1,
  annotations: { 'io.containerd.image.name': name },
});
export const indexJson = (manifests: readonly object[]): Buffer => json({ schemaVersion: 2, manifests });

/** The files of an OCI layout; the last piece is what its one name leads to. */
export function ociFiles(pieces: readonly Piece[] = piecesOf(image), changes: Changes = {}): Map<string, Buffer> {
  const files = new Map([['oci-layout', json({ imageLayoutVersion: '1.0.0' })]]);
  for (const each of pieces) files.set(blobName(each), each.bytes);
  files.set('index.json', indexJson([{ ...descriptorOf(pieces.at(-1)!), ...named(pieces.at(-1)!, NAME) }]));
  return changed(files, changes);
}

/** The files that `docker save` wrote up to version 24. */
export function savedFiles(changes: Changes = {}): Map<string, Buffer> {
  const files = new Map([
    ['config.json', savedConfig([SAVED_LAYER])],
    ['abc/layer.tar', SAVED_LAYER],
    ['manifest.json', savedManifest({})],
  ]);
  return changed(files, changes);
}

const SAVED_LAYER = Buffer.from('a layer of docker save');
export const savedConfig = (layers: readonly Buffer[]): Buffer =>
  json({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: layers.map((bytes) => digestOf(bytes)) } });
export const savedManifest = (more: object): Buffer =>
  json([{ Config: 'config.json', RepoTags: [NAME], Layers: ['abc/layer.tar'], ...more }]);

export const ociTar = (pieces?: readonly Piece[], changes?: Changes): Buffer =>
  tarOf(fileEntries(ociFiles(pieces, changes)));
export const savedTar = (changes: Changes): Buffer => tarOf(fileEntries(savedFiles(changes)));

function changed(files: Map<string, Buffer>, changes: Changes): Map<string, Buffer> {
  for (const [path, bytes] of Object.entries(changes)) {
    if (bytes === undefined) files.delete(path);
    else files.set(path, bytes);
  }
  return files;
}
