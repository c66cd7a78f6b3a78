import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { referrerDescriptor } from '../oci/manifest.ts';
import { Costly } from './costly.ts';
import type { ImageDir, ReadManifest } from './image-dir.ts';
import { NotServed } from './not-served.ts';

type BySubject = ReadonlyMap<Digest, readonly Descriptor[]>;

/** Which manifests of a directory have which subject. Only the manifests themselves tell, so all are read, once. */
export class Referrers {
  readonly #known = new WeakMap<ImageDir, Costly<BySubject>>();

  async of(dir: ImageDir, subject: Digest): Promise<readonly Descriptor[]> {
    const known = this.#known.get(dir) ?? new Costly(() => read(dir));
    this.#known.set(dir, known);
    return (await known.get()).get(subject) ?? [];
  }
}

/** What is still on its way is looked for again. */
async function read(dir: ImageDir): Promise<{ value: BySubject; final: boolean }> {
  const bySubject = new Map<Digest, Descriptor[]>();
  let final = true;
  for (const { digest } of await dir.manifests()) {
    const manifest = await dir.manifest(digest).catch(notServed);
    if (manifest === undefined) final = false;
    const subject = manifest?.document.subject;
    if (manifest === undefined || subject === undefined) continue;
    const list = bySubject.get(subject.digest) ?? [];
    list.push(referrerDescriptor(manifest.descriptor, manifest.document));
    bySubject.set(subject.digest, list);
  }
  return { value: bySubject, final };
}

function notServed(err: unknown): ReadManifest | undefined {
  if (err instanceof NotServed) return undefined;
  throw err;
}
