import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Platform } from '../oci/descriptor.ts';
import { parsePlatform } from '../oci/platform.ts';
import {
  InvalidPullReference,
  parsePullRepository,
  parseTagOrDigest,
  type HostedRepository,
} from '../oci/pull-reference.ts';
import { otherReading } from './plain-scalar.ts';
import type { Problems } from './problems.ts';
import type { WantedImage } from './wanted-image.ts';
import type { Field, SourceNode, YamlSource } from './yaml-source.ts';

/** A repository of an inventory, and what is wanted of it. */
export interface InventoryEntry {
  readonly repo: HostedRepository;
  readonly images: readonly WantedImage[];
}

const KEYS = ['name', 'tags', 'platforms'];

/** What is wrong with a value, on its way to where it is noted. */
class Wrong extends Error {
  readonly node: SourceNode;

  constructor(node: SourceNode, message: string) {
    super(message);
    this.node = node;
  }
}

/** Reads the entries of inventories, `{ name: …, tags: […], platforms: […] }`. Whatever is wrong goes to the problems, and is
 *  missing from what is read. */
export class EntryReader {
  readonly #source: YamlSource;
  readonly #problems: Problems;

  constructor(source: YamlSource, problems: Problems) {
    this.#source = source;
    this.#problems = problems;
  }

  /** The entries of the list that a key holds. */
  readAll(name: string, list: Field): InventoryEntry[] {
    return this.#each(name, list, (item) => this.#entry(item));
  }

  #entry(node: SourceNode): InventoryEntry {
    const entry = this.#source.resolve(node);
    if (!isMap(entry)) throw new Wrong(node, `an entry is a mapping with name and tags, not ${describe(entry)}`);
    const fields = this.#source.fields(entry);
    for (const [key, field] of fields) {
      if (!KEYS.includes(key)) this.#note(field.key, `unknown key ${quote(key)}: an entry has ${KEYS.join(', ')}`);
    }
    const [name, tags, platforms] = KEYS.map((key) => fields.get(key));
    const wantedPlatforms = platforms ? this.#each('platforms', platforms, (item) => this.#platform(item)) : [];
    const references = tags
      ? this.#each('tags', tags, (item) => ({ reference: this.#parse(item, 'tag', parseTagOrDigest), item }))
      : [];
    if (!tags) this.#note(entry, 'this entry has no tags: write [] for none');
    if (!name) throw new Wrong(entry, 'this entry has no name');
    const repo = this.#parse(name.value, 'name', parsePullRepository);
    const images = references.map(({ reference, item }) => {
      return { repo, reference, platforms: wantedPlatforms, at: this.#problems.at(this.#source.line(item)) };
    });
    return { repo, images };
  }

  #platform(node: SourceNode): Platform {
    const text = this.#text(node, 'platform');
    const platform = parsePlatform(text);
    if (!platform) throw new Wrong(node, `the platform ${quote(text)} is none: write one as in "linux/arm64/v8"`);
    return platform;
  }

  /** Parses a text that must be one to every reader of YAML. */
  #parse<T>(node: SourceNode, what: string, parse: (text: string) => T): T {
    try {
      return parse(this.#text(node, what, parse));
    } catch (err) {
      throw err instanceof InvalidPullReference ? new Wrong(node, `the ${what} ${err.message}`) : err;
    }
  }

  #text(node: SourceNode, what: string, parse?: (text: string) => unknown): string {
    const scalar = this.#source.resolve(node);
    if (!isScalar(scalar)) throw new Wrong(node, `a ${what} is a text, not ${describe(scalar)}`);
    const text = String(scalar.value);
    const reading = otherReadingOf(scalar, text);
    if (reading === undefined) return text;
    if (text === '') throw new Wrong(scalar, `the ${what} is empty`);
    const refusal = parse && refusalOf(parse, text);
    const wayOut = refusal === undefined ? `: write ${quote(text)}` : `, and ${refusal}`;
    // What only looks like something else is as plain as that; beside an explicit tag may stand anything.
    const shown = scalar.tag === undefined ? text.slice(0, 200) : quote(text);
    throw new Wrong(scalar, `the ${what} ${shown} is read as ${reading}${wayOut}`);
  }

  /** What is read of each item of a list, those left out that are wrong. */
  #each<T>(name: string, { key, value }: Field, read: (item: SourceNode) => T): T[] {
    const list = this.#source.resolve(value);
    if (!isSeq(list)) {
      this.#note(key, `${name} is ${describe(list)}: a list is wanted, [] for an empty one`);
      return [];
    }
    return list.items.flatMap((item) => {
      try {
        return [read(item as SourceNode)];
      } catch (err) {
        if (!(err instanceof Wrong)) throw err;
        this.#note(err.node, err.message);
        return [];
      }
    });
  }

  #note(node: SourceNode, problem: string): void {
    this.#problems.add(this.#source.line(node), problem);
  }
}

/** What a scalar is to some reader when it is not its text: by an explicit tag, `!!int 7`, or by its look. */
function otherReadingOf({ tag, type }: Scalar, text: string): string | undefined {
  if (tag === 'tag:yaml.org,2002:str' || tag === '!') return undefined;
  if (tag !== undefined) return tag.replace(/^tag:yaml\.org,2002:/, '!!');
  return type === Scalar.PLAIN ? otherReading(text) : undefined;
}

/** Why a text is refused, quoted as it may be; undefined when it is not. */
function refusalOf(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (err) {
    if (err instanceof InvalidPullReference) return err.message;
    throw err;
  }
}

function describe(node: SourceNode): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (isScalar(node) && node.value !== '') return `the text ${quote(String(node.value))}`;
  return 'empty';
}

const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
