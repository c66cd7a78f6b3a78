import { isMap, isScalar, isSeq, Scalar, Schema, type Node, type ScalarTag, type YAMLMap } from 'yaml';
import { InvalidList, Problems as Found } from '../../api/load/problems.ts';
import { YamlSource, type SourceNode } from '../../api/load/yaml-source.ts';
import { pointerOf } from './pointer.ts';
import { Problems } from '../failure.ts';

/** The largest configuration file, in bytes; one with a thousand upstreams is smaller. */
const MAX_CONFIG_BYTES = 256 * 1024;
/** Far more than anything in a configuration; aliases can make it endless. */
const MAX_DEPTH = 32;
/** https://yaml.org/spec/1.2.2/#103-core-schema */
const CORE = new Schema({ schema: 'core' }).tags.filter(
  (tag): tag is ScalarTag => tag.collection === undefined && tag.default === true,
);

/** A YAML document as plain values: objects without a prototype, lists, texts, numbers, booleans and null. It remembers the line of each
 *  value, by its JSON pointer (RFC 6901). */
export class ConfigDocument {
  /** Undefined for a document with nothing in it. */
  readonly value: unknown;
  readonly #lines = new Map<string, number>();
  readonly #source: YamlSource;
  readonly #found: Found;

  /** `file` is its name for messages. Throws {@link Problems}, all of them `FILE:LINE: reason`. */
  constructor(text: string, file: string) {
    this.#found = new Found(file);
    try {
      if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) this.#found.fail(1, `more than ${MAX_CONFIG_BYTES} bytes`);
      this.#source = new YamlSource(text, this.#found);
      this.#found.check();
      this.value = this.#source.root && this.#read(this.#source.root, '', 0);
      this.#found.check();
    } catch (cause) {
      if (cause instanceof InvalidList) throw new Problems(cause.problems, { cause });
      throw cause;
    }
  }

  /** Where a value stands, a key's value where its key does; of what is not there, the nearest that it would be in. */
  lineOf(pointer: string): number {
    for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const line = this.#lines.get(at);
      if (line !== undefined) return line;
    }
    return this.#source.line(this.#source.root);
  }

  #read(node: SourceNode, pointer: string, depth: number): unknown {
    const found = this.#source.resolve(node);
    const line = this.#source.line(found);
    if (depth > MAX_DEPTH) this.#found.fail(line, 'nested too deeply');
    if (found?.tag !== undefined) this.#found.add(line, `${found.tag}: tags are not read here`);
    if (isMap(found)) return this.#readMap(found, pointer, depth);
    if (isSeq(found)) return found.items.map((item, i) => this.#readItem(item as Node, `${pointer}/${i}`, depth));
    return isScalar(found) ? readScalar(found) : null;
  }

  #readItem(item: Node, pointer: string, depth: number): unknown {
    this.#lines.set(pointer, this.#source.line(item));
    return this.#read(item, pointer, depth + 1);
  }

  #readMap(map: YAMLMap, pointer: string, depth: number): Record<string, unknown> {
    // Without a prototype `__proto__` and `constructor` are keys like any other.
    const values = Object.create(null) as Record<string, unknown>;
    for (const [key, { key: keyNode, value }] of this.#source.fields(map)) {
      const at = `${pointer}${pointerOf([key])}`;
      this.#lines.set(at, this.#source.line(keyNode));
      values[key] = this.#read(value, at, depth + 1);
    }
    return values;
  }
}

/** As YAML 1.2 reads it: what stands in quotes, or in a block, is a text; the rest may be a number, a boolean or nothing. */
function readScalar({ type, value }: Scalar): unknown {
  const text = String(value);
  if (type !== Scalar.PLAIN) return text;
  const read = CORE.find(({ test }) => test?.test(text))?.resolve(text, () => {}, {});
  return isScalar(read) ? read.value : (read ?? text);
}
