import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Answered } from '../http/access-log.ts';
import type { CountedLimit } from '../http/limits.ts';
import type { Host } from '../oci/repository.ts';
import type { Traffic } from '../upstream/traffic.ts';
import { Expositions, type Exposition } from './exposition.ts';
import type { CountUse } from './metered-registry.ts';
import { statusLabel } from './status-label.ts';
import type { Held } from './store-size.ts';

/** In seconds: a manifest from memory takes less than the first, a large layer over a slow line more than the last. */
const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300];

/** Gauges of the library that are called as only counters may be; the same is in others, by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** What is looked up when somebody asks for the metrics. */
export interface Sources {
  readonly store: () => Promise<Held>;
  /** How many blobs come in from upstreams. */
  readonly fillsInProgress: () => number;
  /** How many requests each upstream will still answer, by what it said last; those that said nothing are left out. */
  readonly rateLimits: () => Iterable<readonly [upstream: Host, remaining: number]>;
}

/** What the program counts about itself. A label is an operation of the document, a status, a word of ours or an upstream that is
 *  configured, so that their number does not depend on what anybody asks for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #expositions = new Expositions(this.#registry);
  readonly #registers = [this.#registry];
  readonly #requests = new Counter({
    name: 'ociregistry_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['operation', 'status'],
    registers: this.#registers,
  });
  readonly #durations = new Histogram({
    name: 'ociregistry_http_request_duration_seconds',
    help: 'From a request to the end of its answer.',
    labelNames: ['operation'],
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly #responseBytes = new Counter({
    name: 'ociregistry_http_response_bytes_total',
    help: 'Bytes of the bodies of answers.',
    labelNames: ['operation'],
    registers: this.#registers,
  });
  readonly #cacheUses = new Counter({
    name: 'ociregistry_cache_requests_total',
    help: 'Requests for what an upstream has: answered from here (hit), from there (miss), from here as there was no answer (stale).',
    labelNames: ['upstream', 'kind', 'result'],
    registers: this.#registers,
  });
  readonly #upstreamRequests = new Counter({
    name: 'ociregistry_upstream_requests_total',
    help: 'Requests sent for an upstream, logins and redirects included; "none" is no answer.',
    labelNames: ['upstream', 'status'],
    registers: this.#registers,
  });
  readonly #upstreamBytes = new Counter({
    name: 'ociregistry_upstream_bytes_total',
    help: 'Bytes of the bodies of answers that came from an upstream.',
    labelNames: ['upstream'],
    registers: this.#registers,
  });
  readonly #prunedBytes = new Counter({
    name: 'ociregistry_pruned_bytes_total',
    help: 'Bytes that were removed from the store, by eviction or prune.',
    registers: this.#registers,
  });

  readonly #refused = new Counter({
    name: 'ociregistry_refused_total',
    help: 'Connections and requests over a limit, by its key.',
    labelNames: ['limit'],
    registers: this.#registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  /** Counts a connection or a request that was over a limit. */
  readonly refused = (limit: CountedLimit): void => this.#refused.inc({ limit });

  /** Counts a request that was answered. */
  readonly answered = ({ operation = 'other', status, bytes, durationMs }: Answered): void => {
    this.#requests.inc({ operation, status: statusLabel(status) });
    this.#durations.observe({ operation }, durationMs / 1000);
    this.#responseBytes.inc({ operation }, bytes);
  };

  /** Counts how a cache came by an answer. */
  readonly cacheUsed: CountUse = (upstream, kind, result) => this.#cacheUses.inc({ upstream, kind, result });

  /** Counts what is removed from the store. */
  readonly pruned = (bytes: number): void => this.#prunedBytes.inc(bytes);

  /** Counts what goes over the wire to an upstream. */
  readonly trafficOf = (upstream: Host): Traffic => {
    const labels = { upstream };
    this.#upstreamBytes.inc(labels, 0);
    return {
      answered: (status) => this.#upstreamRequests.inc({ upstream, status: statusLabel(status) }),
      received: (bytes) => this.#upstreamBytes.inc(labels, bytes),
    };
  };

  /** Looks these up, too, from now on. */
  observe({ store, fillsInProgress, rateLimits }: Sources): void {
    const registers = this.#registers;
    new Gauge({
      name: 'ociregistry_store_bytes',
      help: 'Bytes of all blobs that were fetched or loaded. Counted at most every 15 s.',
      registers,
      async collect() {
        this.set((await store()).bytes);
      },
    });
    new Gauge({
      name: 'ociregistry_store_blobs',
      help: 'Blobs that were fetched or loaded. Counted at most every 15 s.',
      registers,
      async collect() {
        this.set((await store()).blobs);
      },
    });
    new Gauge({
      name: 'ociregistry_fills_in_progress',
      help: 'Blobs that come in from upstreams.',
      registers,
      collect() {
        this.set(fillsInProgress());
      },
    });
    new Gauge({
      name: 'ociregistry_upstream_ratelimit_remaining',
      help: 'How many requests an upstream will still answer, by what it said last.',
      labelNames: ['upstream'],
      registers,
      collect() {
        this.reset();
        for (const [upstream, remaining] of rateLimits()) this.set({ upstream }, remaining);
      },
    });
  }

  /** All metrics, as the request's `Accept` wants them. */
  expose(accept: string | undefined): Promise<Exposition> {
    return this.#expositions.get(accept);
  }
}
