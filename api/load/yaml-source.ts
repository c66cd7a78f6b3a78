import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  Scalar,
  visit,
  type Alias,
  type CST,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { Problems } from './problems.ts';

/** A value in a document; undefined where there is none. */
export type SourceNode = Node | undefined;

/** A key of a mapping and what belongs to it. */
export interface Field {
  readonly key: Node;
  readonly value: Node;
}

/** More collections than this within each other are an attack; the parser would run out of stack at some thousands. */
const MAX_DEPTH = 100;
/** Each of them costs about a KiB; hundreds of thousands of images have fewer. */
const MAX_WORDS = 1_000_000;
/** So many values are looked at, however often aliases repeat them. */
const MAX_VISITS = 1_000_000;
const MAX_MERGE_DEPTH = 32;

/** One YAML or JSON document, every scalar of it as the text that stands there, with its line. Anchors, aliases and merge keys
 *  work. Whatever is wrong with it goes to the problems; where no more can be read, their {@link InvalidList} is thrown. */
export class YamlSource {
  readonly root: SourceNode;
  readonly #problems: Problems;
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Alias, Node>();
  #visits = 0;

  constructor(text: string, problems: Problems) {
    this.#problems = problems;
    problems.checkSize(text);
    this.#lines.addNewLine(0);
    // No schema: what a scalar may be taken for is decided where it is used.
    const options = { schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false } as const;
    const [document, another] = new Composer(options).compose(this.#tokens(text), true, text.length);
    for (const { pos, message } of document?.errors ?? []) problems.add(this.#lineAt(pos[0]), `not YAML: ${message}`);
    problems.check();
    if (another) problems.fail(this.#lineAt(another.range[0]), 'a second document begins here: only one is read');
    this.root = document?.contents ?? undefined;
    this.#resolveAliases();
    this.#findDuplicateKeys();
  }

  /** The line where a node begins; of what is not there, the first. */
  line(node: SourceNode): number {
    return this.#lineAt(node?.range?.[0] ?? 0);
  }

  /** The node itself, or what an alias stands for. */
  resolve(node: SourceNode): SourceNode {
    this.#countVisit(node);
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  /** The fields of a mapping by their keys; of merged ones those that it does not have itself. A key that is no text is ''. */
  fields(map: YAMLMap, depth = 0): Map<string, Field> {
    const fields = new Map<string, Field>();
    const merged: YAMLMap[] = [];
    for (const pair of map.items) {
      const key = pair.key as Node;
      const field = { key, value: (pair.value as Node | null) ?? emptyAt(key) };
      this.#countVisit(field.key);
      if (isMergeKey(field.key)) merged.push(...this.#mergedMaps(field));
      else fields.set(this.#keyText(field.key), field);
    }
    if (merged.length > 0 && depth === MAX_MERGE_DEPTH) {
      this.#problems.fail(this.line(map), `more than ${MAX_MERGE_DEPTH} mappings are merged into each other`);
    }
    for (const source of merged) {
      for (const [key, field] of this.fields(source, depth + 1)) if (!fields.has(key)) fields.set(key, field);
    }
    return fields;
  }

  *#tokens(text: string): Generator<CST.Token> {
    const parser = new Parser(this.#lines.addNewLine);
    let words = 0;
    for (const word of new Lexer().lex(text)) {
      yield* parser.next(word);
      words += 1;
      if (parser.stack.length > MAX_DEPTH) this.#problems.fail(this.#lineAt(parser.offset), 'nested too deeply');
      if (words > MAX_WORDS) this.#problems.fail(this.#lineAt(parser.offset), 'too long for a list of images');
    }
    yield* parser.end();
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }

  /** Keeps what a few aliases make of a small file from keeping us busy for years. */
  #countVisit(node: SourceNode): void {
    this.#visits += 1;
    if (this.#visits > MAX_VISITS) this.#problems.fail(this.line(node), 'too much is repeated by aliases');
  }

  /** In one walk, where the library would take one for each alias. */
  #resolveAliases(): void {
    const anchors = new Map<string, Node>();
    visit(this.root ?? null, {
      Node: (_, node) => {
        if (!isAlias(node)) {
          if (node.anchor !== undefined) anchors.set(node.anchor, node);
          return;
        }
        const target = anchors.get(node.source);
        if (target) this.#targets.set(node, target);
        else
          this.#problems.add(
            this.line(node),
            `*${node.source} stands for nothing: there is no &${node.source} before it`,
          );
      },
    });
    this.#problems.check();
  }

  /** Here and not by the library, which compares each key with all before it. */
  #findDuplicateKeys(): void {
    visit(this.root ?? null, {
      Map: (_, map) => {
        const lines = new Map<string, number>();
        for (const { key } of map.items) {
          if (!isScalar(key) || isMergeKey(key)) continue;
          const text = String(key.value);
          const before = lines.get(text);
          if (before === undefined) lines.set(text, this.line(key));
          else this.#problems.add(this.line(key), `the key ${JSON.stringify(text)} stands on line ${before} already`);
        }
      },
    });
  }

  #keyText(key: Node): string {
    const resolved = this.resolve(key);
    return isScalar(resolved) ? String(resolved.value) : '';
  }

  /** https://yaml.org/type/merge.html */
  #mergedMaps({ key, value }: Field): YAMLMap[] {
    const resolved = this.resolve(value);
    const sources = isSeq(resolved) ? resolved.items.map((item) => this.resolve(item as Node)) : [resolved];
    return sources.flatMap((source) => {
      if (isMap(source)) return [source];
      this.#problems.add(this.line(key), '<< merges a mapping or a list of them, nothing else');
      return [];
    });
  }
}

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';

/** What belongs to a key without a colon, `{ name }`: nothing, as to one with a colon. */
function emptyAt(key: Node): Scalar {
  const empty = new Scalar('');
  empty.type = Scalar.PLAIN;
  if (key.range) empty.range = key.range;
  return empty;
}
