import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../clients/command.ts';
import { startDaemon } from '../clients/daemon.ts';
import { tool } from '../clients/requires.ts';
import type { Authority, Pair } from './certificates.ts';
import type { TokenService } from './token-service.ts';

/** What programs a test needs that starts one. */
export const DISTRIBUTION = ['registry'] as const;

export interface DistributionOptions {
  /** Where its configuration is written. */
  readonly folder: string;
  /** What it stores; several may share it. */
  readonly data: string;
  readonly tls?: Pair;
  /** Wants a certificate of every client. */
  readonly clientAuthority?: Authority;
  /** Passwords: a file that `htpasswd` made. */
  readonly htpasswd?: string;
  readonly tokens?: TokenService;
  /** Fetches what it does not have from there, and is pushed nothing. */
  readonly proxyOf?: string;
}

/** The registry of the distribution project, version 3, on 127.0.0.1. */
export interface Distribution extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
}

export async function startDistribution(options: DistributionOptions): Promise<Distribution> {
  const name = `distribution-${randomUUID()}`;
  const file = join(options.folder, `${name}.json`);
  // YAML takes JSON.
  await writeFile(file, JSON.stringify(await configuration(options, name)));
  const listening = /listening on (127\.0\.0\.1:\d+)/;
  const daemon = await startDaemon({
    name: 'distribution',
    file: tool('registry'),
    args: ['serve', file],
    cwd: options.folder,
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: (started) => listening.test(started.log()),
  });
  const host = listening.exec(daemon.log())![1]!;
  const url = `${options.tls ? 'https' : 'http'}://${host}`;
  return { host, url, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}

async function configuration(options: DistributionOptions, name: string): Promise<object> {
  const { folder, data, tls, clientAuthority, htpasswd, tokens, proxyOf } = options;
  const clients = clientAuthority && {
    clientcas: [clientAuthority.pair.certFile],
    clientauth: 'require-and-verify-client-cert',
  };
  return {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: data } },
    http: {
      addr: '127.0.0.1:0',
      secret: name,
      ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile, ...clients } }),
    },
    ...(proxyOf !== undefined && { proxy: { remoteurl: proxyOf } }),
    ...(htpasswd !== undefined && { auth: { htpasswd: { realm: 'test', path: htpasswd } } }),
    ...(tokens && { auth: { token: await tokenAuth(tokens, join(folder, `${name}-jwks.json`)) } }),
  };
}

async function tokenAuth({ realm, service, issuer, jwks }: TokenService, file: string): Promise<object> {
  await writeFile(file, JSON.stringify(jwks));
  return { realm, service, issuer, jwks: file };
}

/** A file of one user for `htpasswd`; distribution takes bcrypt alone. */
export async function writeHtpasswd(file: string, user: string, password: string): Promise<void> {
  await run(tool('htpasswd'), ['-Bbc', file, user, password]);
}
