import type { Descriptor } from '../oci/descriptor.ts';
import { InvalidManifest, parseDescriptor, parseJson } from '../oci/manifest.ts';
import { isTag, type Tag } from '../oci/reference.ts';
import { NotServed } from './not-served.ts';
import { addProblem } from './problem-list.ts';

/** Largest `index.json` read, in bytes: some 100,000 tags. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/** So many entries may be no descriptors before all of it is taken for something else. */
const MAX_INVALID = 1_000;

/** A bare tag, or a full reference: writers differ.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** The full reference that containerd, and docker after it, writes beside the bare tag. */
export const CONTAINERD_NAME = 'io.containerd.image.name';

/** The descriptors of an `index.json`; `path` is what an error calls it. One that is none is left out and told of in `problems`.
 *  Throws NotServed when it is no index. */
export function parseLayoutIndex(path: string, bytes: Buffer, problems: string[]): Descriptor[] {
  try {
    const { manifests } = parseJson(bytes);
    if (!Array.isArray(manifests)) throw new InvalidManifest('it has no list "manifests"');
    let invalid = 0;
    return manifests.flatMap((json: unknown, i) => {
      try {
        return [parseDescriptor(json, `manifests[${i}]`)];
      } catch (err) {
        if (!(err instanceof InvalidManifest)) throw err;
        if (++invalid > MAX_INVALID) throw new InvalidManifest(`${err.message}, as ${MAX_INVALID} others`);
        addProblem(problems, `index.json: ${err.message}`);
        return [];
      }
    });
  } catch (err) {
    if (err instanceof InvalidManifest) throw new NotServed(`${path}: ${err.message}`, { cause: err });
    throw err;
  }
}

/** The tag a descriptor is named by: a bare one, or that of a full reference. */
export function tagOf({ annotations }: Descriptor, problems: string[]): Tag | undefined {
  const name = annotations?.[REF_NAME] ?? annotations?.[CONTAINERD_NAME];
  if (name === undefined || name === '') return undefined;
  const withoutDigest = name.split('@')[0]!;
  const afterName = withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
  const tag = afterName.slice(afterName.lastIndexOf(':') + 1);
  // `name@digest` names no tag, and neither does a bare path.
  if (!afterName.includes(':') && (name.includes('@') || name.includes('/'))) return undefined;
  if (isTag(tag)) return tag;
  addProblem(problems, `index.json: ${JSON.stringify(name.slice(0, 200))} names no tag that a client can ask for`);
  return undefined;
}
