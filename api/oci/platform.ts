import type { Platform } from './descriptor.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md has Go's words for them: lower case. */
const PART = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Reads `linux/amd64` or `linux/arm64/v8`; undefined when it is none. */
export function parsePlatform(text: string): Platform | undefined {
  const parts = text.split('/');
  const [os, architecture, variant] = parts;
  if (os === undefined || architecture === undefined || parts.length > 3) return undefined;
  if (!parts.every((part) => PART.test(part))) return undefined;
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
