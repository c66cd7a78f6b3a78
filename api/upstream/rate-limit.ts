import { parseDelay } from './retry-after.ts';
import { headerOf, type WireAnswer } from './transport.ts';

/** What an upstream says that it will still answer. */
export interface RateLimit {
  readonly limit?: number;
  readonly remaining: number;
  /** For how long the limit is meant. */
  readonly windowSeconds?: number;
  /** After how long there will be more, from when it was said. */
  readonly resetSeconds?: number;
  /** Whom it counts, as Docker Hub tells it: an address or an account. */
  readonly source?: string;
}

type Headed = Pick<WireAnswer, 'headers'>;

/** From the headers of Docker Hub, `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 96;w=21600`, and those of
 *  the drafts, which have `ratelimit-reset` as well, or all in one: `ratelimit: "default";r=50;t=30`. Undefined when
 *  they are not there.
 *  https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
 *  https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10 */
export function parseRateLimit(answer: Headed, now: number): RateLimit | undefined {
  return parseSingle(answer, now) ?? parsePolicies(answer);
}

function parseSingle(answer: Headed, now: number): RateLimit | undefined {
  const remaining = parseCount(headerOf(answer, 'ratelimit-remaining'));
  if (remaining === undefined) return undefined;
  const limit = parseCount(headerOf(answer, 'ratelimit-limit'));
  const windowSeconds = limit?.window ?? remaining.window;
  // GitLab says a time since 1970.
  const resetMs = parseDelay(headerOf(answer, 'ratelimit-reset'), now);
  const source = headerOf(answer, 'docker-ratelimit-source');
  return {
    ...(limit && { limit: limit.count }),
    remaining: remaining.count,
    ...(windowSeconds !== undefined && { windowSeconds }),
    ...(resetMs !== undefined && { resetSeconds: Math.max(0, Math.ceil(resetMs / 1000)) }),
    ...(source !== undefined && { source: source.slice(0, 100) }),
  };
}

/** Where the name or the count is followed by the window, `100;w=21600`, or by more, `100, 100;w=60`. */
function parseCount(header = ''): { count: number; window?: number } | undefined {
  const match = /^\s*(\d{1,15})\s*(?:[;,]|$)/.exec(header);
  if (!match) return undefined;
  const window = /;\s*w=(\d{1,9})\b/.exec(header)?.[1];
  return { count: Number(match[1]), ...(window !== undefined && { window: Number(window) }) };
}

/** Of several policies the one of which the least is left. */
function parsePolicies(answer: Headed): RateLimit | undefined {
  const policies = itemsOf(headerOf(answer, 'ratelimit-policy'));
  const limits = [...itemsOf(headerOf(answer, 'ratelimit'))].flatMap(([name, { r, t }]): RateLimit[] => {
    if (r === undefined) return [];
    const { q, w } = policies.get(name) ?? {};
    return [
      {
        ...(q !== undefined && { limit: q }),
        remaining: r,
        ...(w !== undefined && { windowSeconds: w }),
        ...(t !== undefined && { resetSeconds: t }),
      },
    ];
  });
  return limits.sort((a, b) => a.remaining - b.remaining)[0];
}

type Params = Readonly<Partial<Record<string, number>>>;

/** `"burst";r=1;t=1, "day";r=99` by name. */
function itemsOf(header = ''): ReadonlyMap<string, Params> {
  return new Map(
    header.split(',').map((item): [string, Params] => {
      const params = [...item.matchAll(/;\s*([a-z]+)=(\d{1,15})\b/gi)];
      return [
        item.split(';', 1)[0]!.trim(),
        Object.fromEntries(params.map(([, key, value]) => [key!.toLowerCase(), Number(value)])),
      ];
    }),
  );
}
