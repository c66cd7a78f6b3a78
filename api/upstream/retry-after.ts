import type { Headers } from './transport.ts';

/** What nobody waits for is not worth telling exactly. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
/** Below it a number is no time since 1970 but seconds to wait. */
const FIRST_TIME_S = 1_000_000_000;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** How long an answer asks to wait, in milliseconds from `now`; undefined when it says nothing that can be read.
 *  `Retry-After` is seconds or a date (RFC 9110, 10.2.3), Docker Hub's `X-Retry-After` a time in seconds since 1970. */
export function parseRetryAfter(headers: Headers, now: number): number | undefined {
  const wait = parseDelay(headers['retry-after'], now) ?? parseDelay(headers['x-retry-after'], now);
  return wait === undefined ? undefined : Math.min(Math.max(0, wait), LONGEST_MS);
}

/** The same of one header. */
export function parseDelay(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) {
    const seconds = Number(text);
    return seconds < FIRST_TIME_S ? seconds * 1000 : seconds * 1000 - now;
  }
  const time = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time - now;
}
