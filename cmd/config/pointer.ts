/** A JSON pointer (RFC 6901) to what lies under keys, one below the other. */
export function pointerOf(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A JSON pointer as people read it, after a colon: `: upstreams.quay.io.endpoints[0]`; nothing for the whole document. */
export function formatKey(pointer: string): string {
  if (pointer === '') return '';
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `: ${keys.map(formatPart).join('').replace(/^\./, '')}`;
}

function formatPart(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[\w.:-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 200))}]`;
}
