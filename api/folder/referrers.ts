import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { referrerDescriptor } from '../oci/manifest.ts';
import type { ImageDir, ReadManifest } from './image-dir.ts';
import { NotServed } from './tree.ts';

type BySubject = ReadonlyMap<Digest, readonly Descriptor[]>;

/** Which manifests of a directory have which subject. Only the manifests themselves tell, so all are read, once. */
export class Referrers {
  readonly #known = new WeakMap<ImageDir, Promise<BySubject>>();

  async of(dir: ImageDir, subject: Digest): Promise<readonly Descriptor[]> {
    let known = this.#known.get(dir);
    if (known === undefined) {
      known = read(dir).then(({ bySubject, complete }) => {
        // What is still on its way is looked at again.
        if (!complete) this.#known.delete(dir);
        return bySubject;
      });
      this.#known.set(dir, known);
    }
    return (await known).get(subject) ?? [];
  }
}

async function read(dir: ImageDir): Promise<{ bySubject: BySubject; complete: boolean }> {
  const bySubject = new Map<Digest, Descriptor[]>();
  let complete = true;
  for (const { digest } of await dir.manifests()) {
    const manifest = await dir.manifest(digest).catch(notServed);
    if (manifest === undefined) complete = false;
    const subject = manifest?.document.subject;
    if (manifest === undefined || subject === undefined) continue;
    const list = bySubject.get(subject.digest) ?? [];
    list.push(referrerDescriptor(manifest.descriptor, manifest.document));
    bySubject.set(subject.digest, list);
  }
  return { bySubject, complete };
}

function notServed(err: unknown): ReadManifest | undefined {
  if (err instanceof NotServed) return undefined;
  throw err;
}
