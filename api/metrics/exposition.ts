import { Registry } from 'prom-client';

export const PROMETHEUS_TEXT = Registry.PROMETHEUS_CONTENT_TYPE;
const OPEN_METRICS = Registry.OPENMETRICS_CONTENT_TYPE;

/** All metrics at one moment, as one of the two formats. */
export interface Exposition {
  readonly type: typeof PROMETHEUS_TEXT | typeof OPEN_METRICS;
  readonly text: string;
}

/** Writes metrics for who asks, one after the other: the library has one format at a time for a registry. */
export class Expositions {
  readonly #registry: Registry<typeof PROMETHEUS_TEXT | typeof OPEN_METRICS>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** `accept` is the header of the request. */
  get(accept: string | undefined): Promise<Exposition> {
    const type = wantsOpenMetrics(accept) ? OPEN_METRICS : PROMETHEUS_TEXT;
    const written = this.#last.then(() => this.#write(type));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(type: Exposition['type']): Promise<Exposition> {
    // Writing OpenMetrics takes `_total` from the names of the counters, for good.
    const names = this.#registry.getMetricsAsArray().map((metric) => ({ metric: metric, name: metric.name }));
    this.#registry.setContentType(type);
    try {
      return { type, text: await this.#registry.metrics() };
    } finally {
      for (const { metric, name } of names) metric.name = name;
    }
  }
}

/** Prometheus asks for both and weighs them: `application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3`. */
function wantsOpenMetrics(accept = ''): boolean {
  const weights = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length);
    const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    const isOpen = type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0');
    return { isOpen, isText: ['text/plain', 'text/*', '*/*'].includes(type), weight: Number.isNaN(q) ? 0 : q };
  });
  const weightOf = (ranges: typeof weights): number => Math.max(0, ...ranges.map(({ weight }) => weight));
  const open = weightOf(weights.filter(({ isOpen }) => isOpen));
  return open > 0 && open >= weightOf(weights.filter(({ isText }) => isText));
}
