import { setTimeout } from 'node:timers/promises';
import { createApp, type AppOptions } from '../api/http/app.ts';
import type { Log } from '../api/log.ts';
import { openGate, type LoginChecks } from './auth.ts';
import { composeServed, type Surroundings as ServedSurroundings } from './compose-served.ts';
import type { Config } from './config.ts';
import { describe } from './failure.ts';
import type { Answering } from './site.ts';

/** The first requests come first. */
const BEGIN_AFTER_MS = 1_000;

/** What outlives a configuration, for whatever answers under one. */
export interface Surroundings extends ServedSurroundings {
  readonly logins: LoginChecks;
  /** For every request, whoever answers it. */
  readonly shared: Pick<AppOptions, 'clientOf' | 'admission' | 'onAnswered'>;
}

/** Makes what answers requests as a configuration says. Throws Problems, and Error naming a folder, for what it cannot do. */
export async function openAnswering(
  config: Config,
  { shared, logins, ...surroundings }: Surroundings,
): Promise<Answering> {
  await using stack = new AsyncDisposableStack();
  const { log } = surroundings;
  const served = stack.use(await composeServed(config, surroundings));
  const { registry } = served;
  const gate = await openGate(config, served.hasFolder, logins);
  const hosts = new Set(config.upstreams.map(({ host }) => host));
  const app = await createApp({
    ...shared,
    gate,
    registry,
    lister: registry,
    log,
    accessLog: config.log.accessLog,
    catalog: config.catalog,
    maxPage: config.limits.tagsPage,
    isConfiguredHost: (host) => hosts.has(host),
  });
  const open = stack.move();
  return {
    app,
    begin: (signal) => void beginLater(served.prepare, signal, log),
    idle: served.idle,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function beginLater(
  prepare: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  try {
    await setTimeout(BEGIN_AFTER_MS, undefined, { ref: false, signal });
    await prepare(signal);
  } catch (err) {
    if (!signal.aborted) log.error(`looking for archives failed: ${describe(err)}`);
  }
}
