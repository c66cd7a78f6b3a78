import type { Descriptor } from '../oci/descriptor.ts';
import type { Files } from './files.ts';
import { parseImageName } from './image-name.ts';
import { badName, MAX_NAMES, openedOnce } from './image-part.ts';
import type { ImageParts } from './image-parts.ts';
import { CONTAINERD_NAME, MAX_INDEX_BYTES, parseLayoutIndex, REF_NAME } from './layout-index.ts';
import { LayoutShares } from './layout-shares.ts';
import type { ManifestReader } from './manifest-reader.ts';
import { NotServed } from './not-served.ts';
import { OciLayout, type LayoutEntry } from './oci-layout.ts';
import { addProblem } from './problem-list.ts';

/** The repositories of an OCI layout by the names in its `index.json`. A manifest without a name belongs to
 *  the repository that has its subject. `itself` is the repository of one with a tag alone, or
 *  without a name. Throws NotServed. */
export async function layoutParts(
  files: Files,
  path: string,
  itself: string,
  reader: ManifestReader,
  problems: string[],
): Promise<Pick<ImageParts, 'parts' | 'names'>> {
  const file = `${path}/index.json`;
  const { bytes } = await files.read(file, MAX_INDEX_BYTES);
  const descriptors = parseLayoutIndex(file, bytes, problems);
  if (descriptors.length > MAX_NAMES)
    throw new NotServed(`${file}: ${descriptors.length} manifests, at most ${MAX_NAMES} are read`);
  const named = new Map<string, LayoutEntry[]>();
  const unnamed: Descriptor[] = [];
  let isNamed = true;
  for (const descriptor of descriptors) {
    const text = nameIn(descriptor) ?? (descriptors.length === 1 ? 'latest' : undefined);
    const isFull = text !== undefined && /[:/]/.test(text);
    const name = text === undefined ? undefined : parseImageName(isFull ? text : `${itself}:${text}`);
    if (text === undefined) unnamed.push(descriptor);
    else if (name === undefined) addProblem(problems, `index.json: ${badName(isFull ? text : `${itself}:${text}`)}`);
    else {
      const entries = named.get(name.repository) ?? [];
      named.set(name.repository, entries);
      entries.push({ descriptor, tag: name.tag });
    }
    if (name && !isFull) isNamed = false;
  }
  if (named.size === 0 && unnamed.length > 1)
    addProblem(problems, `index.json: ${unnamed.length} images without a name`);
  const part = (entries: readonly LayoutEntry[]): OciLayout => OciLayout.part(files, reader, path, entries);
  const shares = new LayoutShares(part, unnamed);
  const open = (entries: readonly LayoutEntry[]): Promise<OciLayout> =>
    named.size > 1 ? shares.open(entries) : Promise.resolve(part([...entries, ...unnamed.map(untagged)]));
  const parts = new Map(
    [...named].map(([name, entries]) => [
      name,
      openedOnce(() => open(entries), {
        isNamed: isNamed || name !== itself,
        byDigest: entries.flatMap(({ descriptor, tag }) => (tag === undefined ? [descriptor] : [])),
      }),
    ]),
  );
  return { parts, names: descriptors.length };
}

/** A descriptor's name: containerd's full one, else the image spec's, which may be a tag alone. */
const nameIn = ({ annotations = {} }: Descriptor): string | undefined =>
  [annotations[CONTAINERD_NAME], annotations[REF_NAME]].find((name) => name !== undefined && name !== '');

const untagged = (descriptor: Descriptor): LayoutEntry => ({ descriptor, tag: undefined });
