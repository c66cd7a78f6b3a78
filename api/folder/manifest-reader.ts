import { LRUCache } from 'lru-cache';
import { algorithmOf, digestOf, type Digest } from '../oci/digest.ts';
import { InvalidManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import type { FileIdentity } from './file-identity.ts';
import { isSettled } from './file-identity.ts';
import type { Files } from './files.ts';
import type { ReadManifest } from './image-dir.ts';
import { NotServed, OtherContent } from './not-served.ts';

/** Manifests kept in memory, in bytes of their text; what is parsed of it takes some three times as much. */
const MAX_CACHED_BYTES = 16 * 1024 * 1024;

/** Reads manifests out of files, hashed and parsed; one that did not change since is not read again. */
export class ManifestReader {
  readonly #cache: LRUCache<string, ReadManifest>;

  constructor(maxCachedBytes = MAX_CACHED_BYTES) {
    this.#cache = new LRUCache({ maxSize: maxCachedBytes, sizeCalculation: ({ bytes }) => bytes.length + 512 });
  }

  /** The manifest in a file. With `digest` it must be that one; `mediaType` is what its parent calls it.
   *  Undefined when there is no such file; throws NotServed when it is no manifest, or another one. */
  async read(files: Files, path: string, digest?: Digest, mediaType?: string): Promise<ReadManifest | undefined> {
    const file = files.statFile(path);
    if (file === undefined) return undefined;
    const cached = this.#cache.get(keyOf(file.identity, digest));
    if (cached !== undefined) return cached;
    const { bytes, identity } = await files.read(path, MAX_MANIFEST_BYTES);
    const manifest = check(path, bytes, identity, digest, mediaType);
    if (isSettled(identity)) this.#cache.set(keyOf(identity, digest), manifest);
    return manifest;
  }
}

const keyOf = (identity: FileIdentity, digest: Digest | undefined): string => `${identity} ${digest ?? ''}`;

function check(
  path: string,
  bytes: Buffer,
  identity: FileIdentity,
  digest: Digest | undefined,
  mediaType: string | undefined,
): ReadManifest {
  const actual = digestOf(bytes, digest && algorithmOf(digest));
  if (digest !== undefined && actual !== digest) throw new OtherContent(path, digest, actual, identity);
  try {
    const document = parseManifest(bytes, mediaType);
    return { descriptor: { mediaType: document.mediaType, digest: actual, size: bytes.length }, bytes, document };
  } catch (err) {
    if (err instanceof InvalidManifest) throw new NotServed(`${path}: ${err.message}`, { cause: err });
    throw err;
  }
}
