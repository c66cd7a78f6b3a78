/** What part of a blob an answer holds, both ends included; `total` is absent for `*`. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly total?: number;
}

/** `bytes 500-1499/2048`, of a 206; undefined for anything else. RFC 9110, 14.4. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (end < start || (total !== undefined && end >= total)) return undefined;
  return { start, end, ...(total !== undefined && { total }) };
}

/** The size that a 416 tells: `bytes * /2048`, without the space. */
export function parseUnsatisfiedRange(header: string | undefined): number | undefined {
  const match = /^\s*bytes\s+\*\/(\d{1,15})\s*$/i.exec(header ?? '');
  return match ? Number(match[1]) : undefined;
}

/** The value of a `Content-Length` header. */
export function parseLength(header: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(header ?? '') ? Number(header) : undefined;
}
