import { headerOf, type WireAnswer } from './transport.ts';

/** What an upstream says that it will still answer.
 *  https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit */
export interface RateLimit {
  readonly limit?: number;
  readonly remaining: number;
  /** For how long the limit is meant. */
  readonly windowSeconds?: number;
}

/** From the headers `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 96;w=21600`; undefined when they are not
 *  there. */
export function parseRateLimit(answer: Pick<WireAnswer, 'headers'>): RateLimit | undefined {
  const remaining = parseCount(headerOf(answer, 'ratelimit-remaining'));
  if (remaining === undefined) return undefined;
  const limit = parseCount(headerOf(answer, 'ratelimit-limit'));
  const windowSeconds = limit?.window ?? remaining.window;
  return {
    ...(limit && { limit: limit.count }),
    remaining: remaining.count,
    ...(windowSeconds !== undefined && { windowSeconds }),
  };
}

function parseCount(header: string | undefined): { count: number; window?: number } | undefined {
  const match = /^\s*(\d{1,15})\s*(?:;\s*w=(\d{1,15})\b.*)?$/.exec(header ?? '');
  if (!match) return undefined;
  return { count: Number(match[1]), ...(match[2] !== undefined && { window: Number(match[2]) }) };
}
