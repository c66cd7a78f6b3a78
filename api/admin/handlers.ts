import type { AdminApi } from '../../generated/admin-routes.ts';
import { HttpError } from '../http/http-error.ts';
import { PROMETHEUS_TEXT } from '../metrics/exposition.ts';
import type { AdminParts } from './admin-parts.ts';

const headers = { 'Cache-Control': 'no-store' } as const;
const json = { headers, type: 'application/json' } as const;

/** The operations of the admin listener. */
export function createHandlers(parts: AdminParts): AdminApi {
  return {
    getLiveness: () => ({ status: 200, ...json, body: { alive: true } }),
    getReadiness: async () => {
      const reasons = [...(await parts.readiness())];
      if (reasons.length > 0) return { status: 503, ...json, body: { ready: false, reasons } };
      return { status: 200, ...json, body: { ready: true, reasons } };
    },
    getMetrics: async ({ headers: { accept } }) => {
      const { type, text } = await parts.metrics(accept);
      const body = Buffer.from(text);
      return type === PROMETHEUS_TEXT ? { status: 200, headers, type, body } : { status: 200, headers, type, body };
    },
    reload: async () => ({ status: 200, ...json, body: await parts.reload() }),
    // HEAD comes without the validator's having made a list of it.
    listImages: async ({ query: { pattern = [] } }) => ({
      status: 200,
      ...json,
      body: await parts.images([pattern].flat()),
    }),
    prune: oneAtATime('another prune is running', async ({ body }) => ({
      status: 200,
      ...json,
      body: await parts.prune(body),
    })),
    listFills: () => ({ status: 200, ...json, body: { fills: parts.fills() } }),
    listUpstreams: () => ({ status: 200, ...json, body: { upstreams: parts.upstreams() } }),
  };
}

/** Refuses who comes while somebody else's call is under way. */
function oneAtATime<A extends unknown[], T>(
  refusal: string,
  run: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let isRunning = false;
  return async (...args) => {
    if (isRunning) throw new HttpError('UNSUPPORTED', refusal, { status: 409 });
    isRunning = true;
    try {
      return await run(...args);
    } finally {
      isRunning = false;
    }
  };
}
