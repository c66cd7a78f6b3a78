import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { errors, type buildConnector } from 'undici';
import { ProxyFailure } from './proxy-failure.ts';
import type { Proxy } from './proxy-rules.ts';

/** Connects through a proxy to who `connect` then speaks TLS with. RFC 9110, 9.3.6. */
export function tunnelThrough(
  proxy: Proxy,
  connect: buildConnector.connector,
  connectMs: number,
): buildConnector.connector {
  return (options, callback) => {
    const authority = options.port ? options.host! : `${options.host}:443`;
    openTunnel(proxy, authority, connectMs).then(
      (httpSocket) => connect({ ...options, httpSocket }, callback),
      (err: unknown) => callback(err as Error, null),
    );
  };
}

/** Throws ProxyFailure. */
async function openTunnel({ url, authorization }: Proxy, authority: string, connectMs: number): Promise<Socket> {
  const request = (url.protocol === 'https:' ? https : http).request({
    ...urlToHttpOptions(url),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
    agent: false,
  });
  const timer = setTimeout(() => request.destroy(new errors.ConnectTimeoutError()), connectMs);
  try {
    const connected = once(request, 'connect') as Promise<[IncomingMessage, Socket, Buffer]>;
    request.end();
    const [{ statusCode = 0 }, socket, head] = await connected;
    if (statusCode < 200 || statusCode > 299) {
      socket.destroy();
      throw new ProxyFailure(url, { status: statusCode });
    }
    if (head.length > 0) socket.unshift(head);
    return socket;
  } catch (err) {
    throw err instanceof ProxyFailure ? err : new ProxyFailure(url, { cause: err });
  } finally {
    clearTimeout(timer);
  }
}

/** Names the proxy where it cannot be connected to. */
export function connectTo({ url }: Proxy, connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      if (result[0]) callback(new ProxyFailure(url, { cause: result[0] }), null);
      else callback(...result);
    });
}
