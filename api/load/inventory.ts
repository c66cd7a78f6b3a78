import { isMap, isSeq } from 'yaml';
import { InvalidPullReference, parsePullReference, type HostedRepository } from '../oci/pull-reference.ts';
import { formatRepository } from '../oci/repository.ts';
import { EntryReader } from './inventory-entry.ts';
import { Problems } from './problems.ts';
import { mergeWanted, type WantedImage } from './wanted-image.ts';
import { YamlSource, type Field, type SourceNode } from './yaml-source.ts';

/** What a site wants to have, by repository. */
export interface Inventory {
  readonly images: readonly WantedImage[];
  /** All that it names, those without a tag too: their tags are the inventory's to add and to remove. */
  readonly repositories: readonly HostedRepository[];
}

/** Reads an inventory, YAML or JSON: `images: [{ name, tags, platforms }]`, or the same list as `reexported_images` anywhere in
 *  an Ansible inventory; several of those count together. A tag without quotes that YAML reads as anything but a text is an
 *  error, since it may not be the tag that was meant. `file` is its name in what is told. Throws {@link InvalidList} with all
 *  that is wrong. */
export function parseInventory(text: string, file: string): Inventory {
  const problems = new Problems(file);
  const source = new YamlSource(text, problems);
  const reader = new EntryReader(source, problems);
  const entries = findLists(source, problems).flatMap(({ name, field }) => reader.readAll(name, field));
  problems.check();
  return {
    images: mergeWanted(entries.flatMap(({ images }) => images)),
    repositories: [...new Map(entries.map(({ repo }) => [formatRepository(repo), repo])).values()],
  };
}

interface FoundList {
  readonly name: string;
  readonly field: Field;
}

function findLists(source: YamlSource, problems: Problems): FoundList[] {
  const root = source.resolve(source.root);
  if (!isMap(root)) problems.fail(source.line(root), 'no inventory: "images:" and a list of names and tags are wanted');
  const fields = source.fields(root);
  const images = fields.get('images');
  if (images === undefined) {
    const found = findReexported(source, root);
    if (found.length === 0) problems.add(1, 'neither "images" nor "reexported_images" is in it');
    return found;
  }
  for (const [name, { key }] of fields) {
    // As in Compose files, a place for what anchors name.
    if (name === 'images' || name.startsWith('x-')) continue;
    problems.add(source.line(key), `unknown key ${JSON.stringify(name)}: beside images there is none but x-…`);
  }
  return [{ name: 'images', field: images }];
}

/** Ansible has variables under `vars`, under hosts, and in files of their own. */
function findReexported(source: YamlSource, root: SourceNode): FoundList[] {
  const found: FoundList[] = [];
  // Grows while it is walked; a set, because aliases may lead back.
  const nodes = new Set([root]);
  for (const node of nodes) {
    if (isSeq(node)) for (const item of node.items) nodes.add(source.resolve(item as SourceNode));
    if (!isMap(node)) continue;
    for (const [name, field] of source.fields(node)) {
      if (name === 'reexported_images') found.push({ name, field });
      else nodes.add(source.resolve(field.value));
    }
  }
  return found;
}

/** Tells an inventory from an image list by what is in it: the one is a mapping, the other lines of references. Wrong ones of
 *  either are taken for what they come closest to. */
export function looksLikeInventory(text: string): boolean {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => !/^\s*(?:#|$)/.test(line));
  const first = lines[0]?.trim() ?? '';
  // A reference begins with a letter, a digit, or the bracket of an IPv6 address; a key may do so too, but ends in a colon.
  if (/^(?:[{%&!?"'-]|\[(?![0-9a-f:.]+\]))/i.test(first)) return true;
  if (!isKey(first)) return false;
  // A list may begin with a line that lacks only its tag, `alpine:`; a mapping has no references at its left edge.
  const edge = /^\s*/.exec(lines[0]!)![0].length;
  return !lines.some((line) => /^\s*/.exec(line)![0].length <= edge && isReference(line));
}

const isKey = (line: string): boolean => /^[^\s#][^#]*?:(?:\s|$)/.test(line);

function isReference(line: string): boolean {
  try {
    parsePullReference(line.replace(/\s#[^]*$/, '').trim());
    return true;
  } catch (err) {
    if (err instanceof InvalidPullReference) return false;
    throw err;
  }
}
