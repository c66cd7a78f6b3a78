/** One way in that a 401 offers. Names of schemes and parameters are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATOR = /[ \t,]*/y;
const SPACE = /[ \t]*/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)(?:"|\\?$)/sy;
// More than a token, as realms are URLs and not everybody quotes them.
const BARE = /[^\s,"]*/y;
const NEXT_COMMA = /[^,]*/y;

/** Every challenge of all `WWW-Authenticate` lines: several may share a line, values may be bare or quoted.
 *  What is malformed is passed over. RFC 9110, 11.6.1. */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  return lines.flatMap((line) => parseLine(line));
}

function parseLine(line: string): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  const reader = new Reader(line);
  while (reader.skip(SEPARATOR).isLeft) {
    const name = reader.take(TOKEN)?.toLowerCase();
    if (name === undefined) {
      reader.skip(NEXT_COMMA);
      continue;
    }
    const current = challenges.at(-1);
    if (current !== undefined && reader.take(EQUALS) !== undefined) {
      const value = reader.quoted() ?? reader.take(BARE) ?? '';
      if (!current.params.has(name)) current.params.set(name, value);
    } else {
      challenges.push({ scheme: name, params: new Map() });
      reader.skip(SPACE).skip(TOKEN68);
    }
  }
  return challenges;
}

/** Takes a text apart from its beginning. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isLeft(): boolean {
    return this.#at < this.#text.length;
  }

  take(pattern: RegExp): string | undefined {
    return this.#match(pattern)?.[0];
  }

  skip(pattern: RegExp): this {
    this.#match(pattern);
    return this;
  }

  quoted(): string | undefined {
    return this.#match(QUOTED)?.[1]?.replace(/\\(.)/gs, '$1');
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}
