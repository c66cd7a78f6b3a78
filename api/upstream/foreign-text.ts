const MAX_LENGTH = 200;
/** More is not looked at: what is sought in it takes time by the square of its length. */
const MAX_READ = 1_000;

/** A stranger's words as they may stand in a line of a log: short, printable, without what looks like a secret. */
export function harmless(text: string): string {
  const line = text
    .slice(0, MAX_READ)
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …')
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, '…')
    .replace(/\?[^\s"'<>]*=[^\s"'<>]*/g, '?…')
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
