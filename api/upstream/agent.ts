import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { Proxy } from './proxy-rules.ts';
import { connectTo, tunnelThrough } from './tunnel.ts';

/** How an endpoint is trusted and how we show who we are; all PEM. */
export interface TlsOptions {
  /** Trusted beside the authorities that the system trusts. */
  readonly ca?: string;
  /** Shown to the endpoint itself only. */
  readonly cert?: string;
  readonly key?: string;
  /** Takes any certificate, also of the hosts that the endpoint sends us to. */
  readonly insecureSkipVerify?: boolean;
}

export interface Timeouts {
  /** For a connection, the TLS handshake included. */
  readonly connectMs: number;
  /** From the request to the answer's headers. */
  readonly headersMs: number;
  /** Without a byte of the body. */
  readonly idleMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 30_000, idleMs: 60_000 };

/** Connections to any number of hosts by https or http, by https through a proxy if one is given. Throws for a
 *  certificate or key that is none. */
export function createAgent(tls: TlsOptions, { connectMs, idleMs }: Timeouts, proxy?: Proxy): Agent {
  const secureContext = secureContextOf(tls);
  const connect = buildConnector({
    allowH2: false,
    timeout: connectMs,
    rejectUnauthorized: tls.insecureSkipVerify !== true,
    ...(secureContext && { secureContext }),
  });
  return new Agent({
    ...optionsOf(idleMs),
    connect: outspoken(proxy ? tunnelThrough(proxy, connect, connectMs) : connect),
  });
}

/** Connections to a proxy itself, which is told by each request where it goes. */
export function createForwarder(proxy: Proxy, { connectMs, idleMs }: Timeouts): Agent {
  const connect = buildConnector({ allowH2: false, timeout: connectMs });
  return new Agent({ ...optionsOf(idleMs), connect: connectTo(proxy, connect) });
}

const optionsOf = (idleMs: number): Agent.Options => ({
  // With HTTP/2 all downloads share one connection, which a slow reader of one can fill.
  allowH2: false,
  // Ours is exact, and may be shorter for one request than for another.
  headersTimeout: 0,
  bodyTimeout: idleMs,
});

/** With TLS 1.3 a server refuses a client's certificate, or the want of one, after the handshake. undici would tell
 *  only that it closed the connection then. */
function outspoken(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result;
      socket?.once('error', (err: Error) => socket.destroy(err));
      callback(...result);
    });
}

/** Made once, as reading all the authorities again for each connection takes longer than the handshake. */
function secureContextOf({ ca, cert, key }: TlsOptions): SecureContext | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) throw new Error('a certificate and its key need each other');
  if (ca !== undefined) assertCertificate(ca);
  return createSecureContext({
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

/** Node passes over what is none, and then trusts nobody. */
function assertCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error('ca is no certificate', { cause });
  }
}
