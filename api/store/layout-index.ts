import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHED, FETCHED, isCached, REPLACED, SOURCE } from '../folder/own-annotations.ts';
import { CONTAINERD_NAME, REF_NAME, tagOf } from '../folder/layout-index.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { parseDescriptor, parseJson } from '../oci/manifest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { replaceFile } from './durable.ts';

/** A manifest to be named in a layout. */
export interface NewEntry {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size' | 'artifactType'>;
  /** Without a tag it is had by its digest alone. */
  readonly tag?: Tag;
  /** Where it came from. */
  readonly source?: string;
  readonly fetched: Date;
  /** Kept because somebody pulled it; otherwise it was loaded. */
  readonly cached?: true;
}

/** An entry as it stands in the file, whatever else is in it. */
export interface Entry {
  readonly descriptor: Descriptor;
  readonly tag: Tag | undefined;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The `index.json` of a layout, to be changed under the layout's lock. What others wrote in it stays as it is.
 *  https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file */
export class LayoutIndex {
  readonly #path: string;
  readonly #document: Readonly<Record<string, unknown>>;
  #entries: readonly Entry[];
  #changed = false;
  /** Whether there is no such file yet. */
  readonly isNew: boolean;

  private constructor(
    path: string,
    document: Readonly<Record<string, unknown>>,
    entries: readonly Entry[],
    isNew: boolean,
  ) {
    this.isNew = isNew;
    this.#path = path;
    this.#document = document;
    this.#entries = entries;
  }

  /** An empty one where there is none. Throws naming the file when it is none. */
  static async read(layout: string): Promise<LayoutIndex> {
    const path = join(layout, 'index.json');
    const bytes = await readFile(path).catch((err: unknown) => {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw err;
    });
    if (bytes === undefined) return new LayoutIndex(path, { schemaVersion: 2 }, [], true);
    try {
      const document = parseJson(bytes);
      const manifests = (document['manifests'] ?? []) as readonly unknown[];
      return new LayoutIndex(
        path,
        document,
        manifests.map((json, i) => entryOf(json, `manifests[${i}]`)),
        false,
      );
    } catch (cause) {
      throw new Error(`${path}: ${(cause as Error).message}`, { cause });
    }
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Names a manifest. One that had the tag before can still be had by its digest, as a client may be in the middle of it. */
  add({ descriptor, tag, source, fetched, cached }: NewEntry): void {
    const { mediaType, digest, size, artifactType } = descriptor;
    // Who loaded it wants it to stay, whoever pulls it.
    const stays = (entry: Entry): boolean => cached === true && !isCached(entry.descriptor);
    if (this.#entries.some((entry) => entry.descriptor.digest === digest && entry.tag === tag && stays(entry))) return;
    const at = fetched.toISOString();
    const isOther = (entry: Entry): boolean =>
      entry.descriptor.digest !== digest ||
      (entry.tag !== undefined && entry.tag !== tag) ||
      (entry.tag === undefined && stays(entry));
    const others = this.#entries
      .filter(isOther)
      .map((entry) => (tag !== undefined && entry.tag === tag ? replaced(entry, at) : entry));
    const annotations = {
      ...(tag !== undefined && { [REF_NAME]: tag }),
      ...(source !== undefined && { [SOURCE]: source }),
      [FETCHED]: at,
      ...(cached && { [CACHED]: 'true' }),
    };
    const json = { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), annotations };
    this.#set([...others, entryOf(json, 'the new entry')]);
  }

  /** Leaves out what `isKept` does not want. */
  keep(isKept: (entry: Entry) => boolean): void {
    const kept = this.#entries.filter(isKept);
    if (kept.length < this.#entries.length) this.#set(kept);
  }

  /** Whether a tag leads to this manifest. */
  has(digest: Digest, tag: Tag | undefined): boolean {
    return this.#entries.some((entry) => entry.descriptor.digest === digest && entry.tag === tag);
  }

  /** Takes a tag from the manifest that has it, which can still be had by its digest. */
  untag(tag: Tag, at: Date): void {
    if (!this.#entries.some((entry) => entry.tag === tag)) return;
    this.#set(this.#entries.map((entry) => (entry.tag === tag ? replaced(entry, at.toISOString()) : entry)));
  }

  /** Puts it in place, unless nothing was changed; the caller syncs the directory. */
  async write(): Promise<void> {
    if (!this.#changed) return;
    await this.create();
  }

  /** Puts it in place, also when there is nothing in it: without it a layout is none. */
  async create(): Promise<void> {
    const manifests = this.#entries.map(({ json }) => json);
    await replaceFile(this.#path, JSON.stringify({ ...this.#document, manifests }));
    this.#changed = false;
  }

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#changed = true;
  }
}

/** When an entry of ours was fetched or loaded, and since when its tag is another's. */
export function timesOf({ descriptor }: Entry): {
  readonly fetched: Date | undefined;
  readonly replaced: Date | undefined;
} {
  const { [FETCHED]: fetched, [REPLACED]: replaced } = descriptor.annotations ?? {};
  return { fetched: timeIn(fetched), replaced: timeIn(replaced) };
}

function timeIn(text: string | undefined): Date | undefined {
  const time = new Date(text ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** Tells an entry of ours from all others of its layout, also from one that is written anew. */
export function keyOf({ descriptor, tag }: Entry): string {
  const { [FETCHED]: fetched, [REPLACED]: replaced } = descriptor.annotations ?? {};
  return [descriptor.digest, tag, fetched, replaced].join(' ');
}

function entryOf(json: unknown, at: string): Entry {
  const descriptor = parseDescriptor(json, at);
  return { descriptor, tag: tagOf(descriptor, []), json: json as Readonly<Record<string, unknown>> };
}

function replaced({ json }: Entry, at: string): Entry {
  const { [REF_NAME]: _tag, [CONTAINERD_NAME]: _name, ...annotations } = json['annotations'] as Record<string, string>;
  return entryOf({ ...json, annotations: { ...annotations, [REPLACED]: at } }, 'a replaced entry');
}
