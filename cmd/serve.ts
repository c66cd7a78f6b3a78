import { once } from 'node:events';
import { isIPv6, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../api/log.ts';
import { createApp } from '../api/http/app.ts';
import { createServer } from '../api/http/server.ts';
import type { Call } from './command.ts';
import { composeServed, type Served } from './compose-served.ts';
import type { Config } from './config.ts';
import { assertSafe } from './config-safety.ts';
import { codeOf, describe, reasonOf } from './failure.ts';
import { makeImagesFolder } from './images-folder.ts';
import { Connections, stopSignal } from './shutdown.ts';

const PREPARE_AFTER_MS = 1_000;

/** Serves until SIGTERM or SIGINT. */
export async function serve({ config, log, print }: Call): Promise<void> {
  const stopped = stopSignal(() => process.exit(0));
  // Which would end the process otherwise. There is no file yet that could have changed.
  process.on('SIGHUP', () => log.info('SIGHUP: nothing to reload'));
  assertSafe(config);
  await makeImagesFolder(config.images);
  await using served = await composeServed(config, process.env, log);
  const { registry } = served;
  const hosts = new Set(config.upstreams.map(({ host }) => host));
  const app = await createApp({
    registry,
    lister: registry,
    log,
    accessLog: config.log.accessLog,
    catalog: config.catalog,
    maxPage: config.limits.tagsPage,
    isConfiguredHost: (host) => hosts.has(host),
  });
  const server = createServer(app);
  const connections = new Connections(server);
  await listen(server, config.listen);
  print(`listening on ${urlOf(server, config.listen.host)}\n`);
  const stopping = new AbortController();
  void prepareLater(served, stopping.signal, log);

  const signal = await stopped;
  stopping.abort();
  log.info(`${signal}: answers in progress have ${config.shutdownGraceMs / 1000} s to end`);
  const cut = await connections.drain(config.shutdownGraceMs);
  if (cut > 0) log.warn(`${cut} connections were cut, their answers took too long`);
}

/** The first requests come first. */
async function prepareLater(served: Served, signal: AbortSignal, log: Log): Promise<void> {
  await setTimeout(PREPARE_AFTER_MS, undefined, { ref: false });
  await served.prepare(signal).catch((err: unknown) => {
    log.error(`looking for archives failed: ${describe(err)}`);
  });
}

async function listen(server: Server, { host, port }: Config['listen']): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const hint = codeOf(cause) === 'EADDRINUSE' ? ' (--port 0 picks a free port)' : '';
    throw new Error(`cannot listen on ${formatHost(host)}:${port}: ${reasonOf(cause)}${hint}`, { cause });
  }
}

/** Where a server is reached: the host as it was given, the port as it came to be. */
function urlOf(server: Server, host: string): string {
  return `http://${formatHost(host)}:${(server.address() as AddressInfo).port}`;
}

const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
