import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ReadManifest } from './image-dir.ts';
import { NotServed } from './not-served.ts';
import type { LayoutEntry, OciLayout } from './oci-layout.ts';

/** Manifests and blobs of all repositories together, as far as they were opened: any number of names may lead to one large index. */
const MAX_PIECES = 1_000_000;

/** Tells whose what is in a layout of several repositories: each has what its own manifests name, and what refers to those. */
export class LayoutShares {
  readonly #part: (entries: readonly LayoutEntry[]) => OciLayout;
  readonly #unnamed: readonly LayoutEntry[];
  #bySubject: Promise<ReadonlyMap<Digest, readonly LayoutEntry[]>> | undefined;
  #pieces = 0;

  /** `part` opens some entries alone. */
  constructor(part: (entries: readonly LayoutEntry[]) => OciLayout, unnamed: readonly Descriptor[]) {
    this.#part = part;
    const once = new Map(unnamed.map((descriptor) => [descriptor.digest, descriptor]));
    this.#unnamed = [...once.values()].map((descriptor) => ({ descriptor, tag: undefined }));
  }

  /** The share of one repository, which has these entries. Throws NotServed. */
  async open(entries: readonly LayoutEntry[]): Promise<OciLayout> {
    if (this.#pieces > MAX_PIECES)
      throw new NotServed(`${this.#part([]).path}: its repositories have more than ${MAX_PIECES} manifests and blobs`);
    const bySubject = await (this.#bySubject ??= this.#readSubjects());
    let own = entries;
    const reached = new Set<Digest>();
    for (let added = entries; added.length > 0; own = own.concat(added)) {
      const digests = (await this.#part(added).manifests()).map(({ digest }) => digest);
      const fresh = digests.filter((digest) => !reached.has(digest));
      for (const digest of fresh) reached.add(digest);
      const referrers = fresh.flatMap((digest) => bySubject.get(digest) ?? []);
      added = referrers.filter(({ descriptor }) => !reached.has(descriptor.digest));
    }
    const share = this.#part(own);
    const blobs = await blobsOf(share);
    share.limitTo(blobs);
    this.#pieces += reached.size + blobs.size;
    return share;
  }

  async #readSubjects(): Promise<ReadonlyMap<Digest, readonly LayoutEntry[]>> {
    const all = this.#part(this.#unnamed);
    const subjects = new Map<LayoutEntry, Digest>();
    for (const entry of this.#unnamed) {
      if (all.file(entry.descriptor.digest) === undefined) continue;
      const subject = (await readIfServed(all, entry.descriptor.digest))?.document.subject;
      if (subject) subjects.set(entry, subject.digest);
    }
    return Map.groupBy(subjects.keys(), (entry) => subjects.get(entry)!);
  }
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
