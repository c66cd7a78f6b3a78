/** A text in whose middle something is repeated, with a beginning that lures a reader in and an end that disappoints it. */
export type HostileText = readonly [before: string, middle: string, after: string];

/** Names of repositories, nearly. */
export const NAMES: readonly HostileText[] = [
  ['', 'a', '!'],
  ['', 'a-', '!'],
  ['a', '-', '!'],
  ['', 'a__', '!'],
  ['', 'a.', ''],
  ['', 'a/', ''],
  ['', '/', ''],
  ['', 'aa-_', ''],
];

/** Hosts, nearly. */
export const HOSTS: readonly HostileText[] = [
  ['', 'a', '!'],
  ['', 'a.', ''],
  ['', 'a-', '.'],
  ['a', '-', ''],
  ['[', ':', ''],
  ['a:', '1', ''],
  ['', 'a:443', ''],
];

/** Digests, nearly. */
export const DIGESTS: readonly HostileText[] = [
  ['', 'a', ''],
  ['', 'a+', ':'],
  ['sha256:', 'a', '!'],
  ['', 'a:', ''],
  ['a.b:', '=', '!'],
];

/** Numbers and ranges, nearly. */
export const NUMBERS: readonly HostileText[] = [
  ['', '1', ''],
  ['', ' ', '1'],
  ['', '1', 's'],
  ['bytes ', '1', '-'],
  ['bytes', ' ', ''],
  ['bytes=', ' ', 'x'],
  ['bytes=0-', ' ', 'x'],
  ['bytes=', '0-,', ''],
  ['bytes */', '1', ''],
];
