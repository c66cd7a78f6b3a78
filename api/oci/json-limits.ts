/** Deeper than any document of ours: the deeper lists lie in lists, the more stack and time they take. */
const MAX_DEPTH = 100;
/** Each value takes up to 100 bytes of memory, also where it is two in the text. An `index.json` of 100,000 tags has half as many. */
const MAX_VALUES = 2_000_000;

/** Why parsing JSON would take far more memory and time than its size tells; undefined when it would not. */
export function jsonExcess(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]!) {
      case QUOTE:
        at = endOfText(bytes, at);
        break;
      case BRACKET:
      case BRACE:
        if (++depth > MAX_DEPTH) return `JSON nested more than ${MAX_DEPTH} deep`;
        values++;
        break;
      case COMMA:
        if (++values > MAX_VALUES) return `JSON of more than ${MAX_VALUES} values`;
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth--;
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Where a text that begins at `start` ends. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
