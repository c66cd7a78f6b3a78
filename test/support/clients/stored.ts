import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

// Reads back what a client stored, without any code of the registry's own: the judge must not share its mistakes.

interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a manifest or an index points to. */
interface Pointers {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

export function sha256(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return `sha256:${hash.digest('hex')}`;
}

export async function readJson<T>(...path: readonly string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as T;
}

/** The digest an OCI layout's `index.json` has for a tag; without one, of its only entry that has no tag. */
export async function layoutDigest(layout: string, tag?: string): Promise<string> {
  const index = await readJson<Pointers>(layout, 'index.json');
  const found = (index.manifests ?? []).filter(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag,
  );
  const [only] = found;
  if (only === undefined || found.length !== 1) throw new Error(`${layout}: ${String(found.length)} of ${String(tag)}`);
  return only.digest;
}

/** Hashes a manifest in an OCI layout and everything it reaches; gives the digests of the blobs that are no manifests. */
export async function verifyLayout(layout: string, digest: string): Promise<string[]> {
  return verify(digest, (each) => join(layout, 'blobs', ...each.split(':')));
}

/** The same for what `skopeo copy … dir:` wrote, whose root manifest is `manifest.json`. */
export async function verifySkopeoDir(folder: string, digest: string): Promise<string[]> {
  const names = new Set(await readdir(folder));
  return verify(digest, (each) => {
    const hex = each.slice('sha256:'.length);
    if (each === digest) return join(folder, 'manifest.json');
    return join(folder, names.has(`${hex}.manifest.json`) ? `${hex}.manifest.json` : hex);
  });
}

async function verify(digest: string, pathOf: (digest: string) => string): Promise<string[]> {
  await verifyFile(pathOf(digest), digest);
  const { manifests = [], config, layers = [] } = await readJson<Pointers>(pathOf(digest));
  const blobs = config === undefined ? layers : [config, ...layers];
  for (const blob of blobs) await verifyFile(pathOf(blob.digest), blob.digest);
  const below = [];
  for (const child of manifests) below.push(...(await verify(child.digest, pathOf)));
  return [...blobs.map((blob) => blob.digest), ...below];
}

async function verifyFile(path: string, digest: string): Promise<void> {
  const actual = await sha256OfFile(path);
  if (actual !== digest) throw new Error(`${path}: ${actual}, expected ${digest}`);
}
