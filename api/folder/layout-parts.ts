import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Files } from './files.ts';
import type { ReadManifest } from './image-dir.ts';
import { parseImageName } from './image-name.ts';
import { badName, openedOnce, type ImagePart } from './image-part.ts';
import { CONTAINERD_NAME, MAX_INDEX_BYTES, parseLayoutIndex, REF_NAME } from './layout-index.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { NotServed } from './not-served.ts';
import { OciLayout, type LayoutEntry } from './oci-layout.ts';

/** The repositories of an OCI layout by the names in its `index.json`. A manifest without a name belongs to
 *  the repository that has its subject. `itself` is the repository of one with a tag alone, or
 *  without a name. Throws NotServed. */
export async function layoutParts(
  files: Files,
  path: string,
  itself: string,
  reader: ManifestReader,
  problems: string[],
): Promise<Map<string, ImagePart>> {
  const file = `${path}/index.json`;
  const { bytes } = await files.read(file, MAX_INDEX_BYTES);
  const descriptors = parseLayoutIndex(file, bytes, problems);
  const named = new Map<string, LayoutEntry[]>();
  const unnamed: Descriptor[] = [];
  let isNamed = true;
  for (const descriptor of descriptors) {
    const text = nameIn(descriptor) ?? (descriptors.length === 1 ? 'latest' : undefined);
    const isFull = text !== undefined && /[:/]/.test(text);
    const name = text === undefined ? undefined : parseImageName(isFull ? text : `${itself}:${text}`);
    if (text === undefined) unnamed.push(descriptor);
    else if (name === undefined) problems.push(`index.json: ${badName(isFull ? text : `${itself}:${text}`)}`);
    else named.set(name.repository, [...(named.get(name.repository) ?? []), { descriptor, tag: name.tag }]);
    if (name && !isFull) isNamed = false;
  }
  if (named.size === 0 && unnamed.length > 1) problems.push(`index.json: ${unnamed.length} images without a name`);
  const part = (entries: readonly LayoutEntry[]): OciLayout => OciLayout.part(files, reader, path, entries);
  return new Map(
    [...named].map(([name, entries]) => [
      name,
      openedOnce(() => openPart(part, entries, unnamed, named.size === 1), {
        isNamed: isNamed || name !== itself,
        byDigest: entries.flatMap(({ descriptor, tag }) => (tag === undefined ? [descriptor] : [])),
      }),
    ]),
  );
}

/** A descriptor's name: containerd's full one, else the image spec's, which may be a tag alone. */
const nameIn = ({ annotations = {} }: Descriptor): string | undefined =>
  [annotations[CONTAINERD_NAME], annotations[REF_NAME]].find((name) => name !== undefined && name !== '');

type MakePart = (entries: readonly LayoutEntry[]) => OciLayout;

/** Of an archive with several repositories each has only what its own manifests name. */
async function openPart(
  part: MakePart,
  entries: readonly LayoutEntry[],
  unnamed: readonly Descriptor[],
  alone: boolean,
): Promise<OciLayout> {
  const untagged = (descriptor: Descriptor): LayoutEntry => ({ descriptor, tag: undefined });
  if (alone) return part([...entries, ...unnamed.map(untagged)]);
  let own = [...entries];
  const all = part([...entries, ...unnamed.map(untagged)]);
  for (let grown = true; grown;) {
    const reachable = new Set((await part(own).manifests()).map(({ digest }) => digest));
    const referrers: LayoutEntry[] = [];
    for (const descriptor of unnamed) {
      if (reachable.has(descriptor.digest)) continue;
      const subject = (await readIfServed(all, descriptor.digest))?.document.subject;
      if (subject && reachable.has(subject.digest)) referrers.push(untagged(descriptor));
    }
    own = [...own, ...referrers];
    grown = referrers.length > 0;
  }
  const layout = part(own);
  layout.limitTo(await blobsOf(layout));
  return layout;
}

async function blobsOf(layout: OciLayout): Promise<Set<Digest>> {
  const blobs = new Set<Digest>();
  for (const { digest } of await layout.manifests()) {
    const manifest = await readIfServed(layout, digest);
    if (manifest === undefined) continue;
    const { config, layers } = manifest.document;
    for (const { digest: blob } of [...(config ? [config] : []), ...layers]) blobs.add(blob);
  }
  return blobs;
}

async function readIfServed(layout: OciLayout, digest: Digest): Promise<ReadManifest | undefined> {
  try {
    return await layout.manifest(digest);
  } catch (err) {
    if (err instanceof NotServed) return undefined;
    throw err;
  }
}
