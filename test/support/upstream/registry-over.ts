import { after } from 'node:test';
import { parseHost } from '../../../api/oci/repository.ts';
import type { EndpointOptions } from '../../../api/upstream/endpoint-options.ts';
import { UpstreamRegistry, type UpstreamRegistryOptions } from '../../../api/upstream/upstream-registry.ts';
import { keepingLog } from '../keeping-log.ts';
import { FakeClock } from './fake-clock.ts';

export interface UnderTest {
  readonly registry: UpstreamRegistry;
  readonly clock: FakeClock;
  /** What was logged. */
  readonly lines: string[];
}

const open = new Set<UpstreamRegistry>();
after(() => Promise.all([...open].map((registry) => registry.close())));

type Where = string | EndpointOptions | { readonly origin: string };

/** An upstream `up.example` that is answered by the endpoints, closed at the end of the test file. */
export function registryOver(
  where: Where | readonly Where[],
  options: Partial<UpstreamRegistryOptions> = {},
): UnderTest {
  const { log, lines } = keepingLog();
  const clock = new FakeClock();
  const endpoints = [where].flat().map(endpointOf);
  const context = { host: parseHost('up.example'), userAgent: 'ociregistry/test', log, clock };
  const registry = new UpstreamRegistry({ ...context, endpoints, ...options });
  open.add(registry);
  return { registry, clock, lines };
}

function endpointOf(where: Where): EndpointOptions {
  if (typeof where === 'string') return { url: where };
  return 'origin' in where ? { url: where.origin } : where;
}
