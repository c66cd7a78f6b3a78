import { isHost, isRepositoryName, parseHost, type Host } from '../../api/oci/repository.ts';
import { DURATIONS, parseDuration } from '../duration.ts';
import { parseSize } from '../size.ts';

/** Another folder to serve, read-only, its names under `prefix/`; an empty prefix merges it in. */
export interface Mount {
  readonly prefix: string;
  readonly path: string;
}

/** An upstream as flags and variables name it: its host, and where it answers when that is not its own address. */
export interface NamedUpstream {
  readonly host: Host;
  readonly url?: string;
}

/** The longest that a timer of Node waits, in milliseconds; what is longer it takes for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

// What the functions below take, for people.
export const BOOLEANS = 'true or false';
export const COUNTS = 'a whole number; 0 for no limit';
export const WAITS = `${DURATIONS}, at most 24d`;
export const HOSTS = 'a host like docker.io or registry.example:5000';
export const GLOBS = 'a glob like docker.io/library/pause:*, of at most 1000 characters';

// All of them: undefined for a text that is no such value.

export function parseNonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

export function parseBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Infinity for `0`, which is no limit. */
export function parseCount(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) || Infinity : undefined;
}

export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** What must stay free, in bytes: there no limit is none at all. */
export function parseFreeBytes(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes === Infinity ? 0 : bytes;
}

/** In milliseconds, not longer than {@link MAX_TIMER_MS}. */
export function parseWait(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms <= MAX_TIMER_MS ? ms : undefined;
}

export function parseHostName(text: string): Host | undefined {
  return isHost(text) ? parseHost(text) : undefined;
}

/** Limited, as the library refuses very long ones only when they are used. */
export function parseGlob(text: string): string | undefined {
  return text.length > 0 && text.length <= 1000 ? text : undefined;
}

export function parseMount(text: string): Mount | undefined {
  const equals = text.indexOf('=');
  const prefix = text.slice(0, equals);
  const path = text.slice(equals + 1);
  return equals < 0 || path === '' || !isPrefix(prefix) ? undefined : { prefix, path };
}

export function parseUpstream(text: string): NamedUpstream | undefined {
  const equals = text.indexOf('=');
  const host = parseHostName(equals < 0 ? text : text.slice(0, equals));
  if (host === undefined || equals < 0) return host && { host };
  const url = text.slice(equals + 1);
  return isUpstreamUrl(url) ? { host, url } : undefined;
}

export const isPrefix = (text: string): boolean => text === '' || isRepositoryName(text);

/** An http or https URL without a login, which everybody could read, and without a query, which would not be sent. */
export function isUpstreamUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return [username, password, search, hash].every((part) => part === '');
}

/** A text for a message, in quotes: shortened, and without the login that a URL in it may have. */
export function quote(text: string): string {
  const shown = text.replace(/(:\/\/)[^\s/]*@/g, '$1…@');
  return JSON.stringify(shown.length > 200 ? `${shown.slice(0, 200)}…` : shown);
}
