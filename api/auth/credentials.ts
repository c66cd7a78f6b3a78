/** What a request's `Authorization` says. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** Neither can be made of it. */
  | { readonly kind: 'malformed' };

const MALFORMED: Credentials = { kind: 'malformed' };

/** Reads `Authorization`. A Basic login without user and password is none: skopeo and others send it when they have nothing to log in
 *  with. https://www.rfc-editor.org/rfc/rfc7617 https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
export function parseAuthorization(header: string | undefined): Credentials {
  if (header === undefined) return { kind: 'none' };
  const [, scheme = '', rest = ''] = /^(\w+) +(\S+)$/.exec(header.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') {
    return /^[\w~+/.-]+=*$/.test(rest) ? { kind: 'bearer', token: rest } : MALFORMED;
  }
  if (scheme.toLowerCase() !== 'basic' || !/^[A-Za-z0-9+/]+={0,2}$/.test(rest)) return MALFORMED;
  return parsePair(Buffer.from(rest, 'base64'));
}

function parsePair(bytes: Buffer): Credentials {
  const text = decode(bytes);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0 || hasControls(text)) return MALFORMED;
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  return user === '' && password === '' ? { kind: 'none' } : { kind: 'basic', user, password };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** As RFC 7617 forbids; bcrypt would end at a zero. */
export const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);
