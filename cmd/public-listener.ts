import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { Admission } from '../api/http/admission.ts';
import type { AppOptions } from '../api/http/app.ts';
import { TrustedProxies } from '../api/http/client-address.ts';
import type { CountedLimit } from '../api/http/limits.ts';
import { createServer, type HttpServer } from '../api/http/server.ts';
import type { Log } from '../api/log.ts';
import { openAnswering, type Surroundings } from './answering.ts';
import type { Config } from './config.ts';
import { codeOf, reasonOf } from './failure.ts';
import { Connections } from './shutdown.ts';
import { Site } from './site.ts';
import { isSame, readTls, TlsFiles, type ReadTls } from './tls.ts';

export interface PublicListenerParts extends Omit<Surroundings, 'currentClient' | 'shared'> {
  readonly onAnswered: NonNullable<AppOptions['onAnswered']>;
  /** Told of each connection and request that is over a limit. */
  readonly onRefused: (limit: CountedLimit) => void;
}

/** What strangers reach: a port, its certificate, and what answers there. Another configuration may take its place while it serves. */
export class PublicListener implements AsyncDisposable {
  readonly #config: Config;
  readonly #log: Log;
  readonly #surroundings: Surroundings;
  readonly #site: Site;
  readonly #admission: Admission;
  readonly #server: HttpServer;
  readonly #connections: Connections;
  readonly #files: TlsFiles;
  readonly #warnings: readonly string[];

  /** Does not listen yet. Throws Problems, and Error naming a folder, for what the configuration needs and is not there. */
  static async open(config: Config, { onAnswered, onRefused, ...parts }: PublicListenerParts): Promise<PublicListener> {
    const tls = config.tls && (await readTls(config.tls));
    const proxies = new TrustedProxies(config.listen.trustedProxies);
    const admission = new Admission(config.limits, onRefused);
    const clients = new AsyncLocalStorage<string>();
    const surroundings: Surroundings = {
      ...parts,
      currentClient: () => clients.getStore() ?? '',
      shared: { clientOf: proxies.clientOf, admission, onAnswered },
    };
    const site = new Site(await openAnswering(config, surroundings), parts.log);
    const server = createServer((req, res) => clients.run(proxies.clientOf(req), site.answer, req, res), {
      limits: config.limits,
      tls: tls?.identity,
      proxies,
      onRefused,
    });
    return new PublicListener(config, { surroundings, site, admission, server, tls });
  }

  private constructor(
    config: Config,
    parts: {
      readonly surroundings: Surroundings;
      readonly site: Site;
      readonly admission: Admission;
      readonly server: HttpServer;
      readonly tls: ReadTls | undefined;
    },
  ) {
    const { surroundings, site, admission, server, tls } = parts;
    const { log } = surroundings;
    this.#config = config;
    this.#log = log;
    this.#surroundings = surroundings;
    this.#site = site;
    this.#admission = admission;
    this.#server = server;
    this.#connections = new Connections(server);
    this.#files = new TlsFiles(config.tls, tls?.identity, { use: (identity) => server.secure(identity), log });
    this.#warnings = tls?.warnings ?? [];
  }

  /** Gives where it is reached: the host as it was given, the port as it came to be. Throws Error that says why it cannot. */
  async listen(): Promise<string> {
    const { listen, tls } = this.#config;
    await startListening(this.#server, listen);
    this.#warn(this.#warnings);
    const { port } = this.#server.address() as AddressInfo;
    return `${tls ? 'https' : 'http'}://${formatHost(listen.host)}:${port}`;
  }

  /** Opens all that another configuration needs. It is in force once what is given is called, which tells what changed beside it; until
   *  then, and when either throws, nothing has changed. */
  async prepare(config: Config): Promise<() => Promise<readonly string[]>> {
    const tls = config.tls && (await readTls(config.tls));
    const answering = await openAnswering(config, this.#surroundings);
    return async () => {
      const isRenewed = !isSame(this.#files.inUse, tls?.identity);
      try {
        this.#files.replace(config.tls, tls?.identity);
      } catch (err) {
        await answering[Symbol.asyncDispose]();
        throw err;
      }
      this.#server.limit(config.limits);
      this.#admission.limits = config.limits;
      this.#site.replace(answering);
      this.#warn(tls?.warnings ?? []);
      return isRenewed && config.tls ? ['tls.cert'] : [];
    };
  }

  /** Stops accepting, and lets answers in progress end, at most so long. Gives how many were cut. */
  drain(graceMs: number): Promise<number> {
    return this.#connections.drain(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#files[Symbol.dispose]();
    await this.#site[Symbol.asyncDispose]();
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.#log.warn(warning);
  }
}

async function startListening(server: Server, { host, port }: Config['listen']): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const hint = codeOf(cause) === 'EADDRINUSE' ? ' (--port 0 picks a free port)' : '';
    throw new Error(`cannot listen on ${formatHost(host)}:${port}: ${reasonOf(cause)}${hint}`, { cause });
  }
}

const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
