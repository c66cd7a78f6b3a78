const QUOTED_OR_BARE = /;[ \t]*([^\s;=,"]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?[ \t]*/y;
const TARGET = /[\s,]*<([^<>]*)>[ \t]*/y;

/** The target of the first link that leads to the next page, as it stands in a `Link` header; undefined when there is
 *  none. What is malformed ends the header. RFC 8288, 3. */
export function parseNextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (let target = match(TARGET); target !== null; target = match(TARGET)) {
    let isNext = false;
    for (let param = match(QUOTED_OR_BARE); param !== null; param = match(QUOTED_OR_BARE)) {
      const [, name = '', quoted, bare = ''] = param;
      const relations = (quoted ?? bare).toLowerCase().split(/[ \t]+/);
      if (name.toLowerCase() === 'rel' && relations.includes('next')) isNext = true;
    }
    if (isNext) return target[1];
  }
  return undefined;
}
