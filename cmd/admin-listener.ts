import { once } from 'node:events';
import { chmod, unlink } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { connect, isIPv6, type AddressInfo } from 'node:net';
import { createServer } from '../api/http/server.ts';
import type { AdminAddress } from './config/admin.ts';
import { codeOf, reasonOf } from './failure.ts';

/** For the user and the group that the program runs as. */
const SOCKET_MODE = 0o660;

/** An HTTP server while it listens. */
export interface Listener extends AsyncDisposable {
  /** `http://127.0.0.1:5001`, or the path of the socket. */
  readonly where: string;
}

/** Listens on a port, or on a socket of the file system; one that a server left behind is replaced. Throws Error that says why it
 *  cannot. Disposed of, it cuts every connection. */
export async function openListener(app: RequestListener, address: AdminAddress): Promise<Listener> {
  const server = createServer(app);
  if ('socket' in address) await listenOnSocket(server, address.socket);
  else await listen(server, address, `${formatHost(address.host)}:${address.port}`);
  return {
    where: 'socket' in address ? address.socket : urlOf(server, address.host),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (await isLeftBehind(path)) await unlink(path);
  await listen(server, { path }, path);
  await chmod(path, SOCKET_MODE);
}

/** Whether a socket is there that nobody listens on. */
async function isLeftBehind(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return false;
  } catch (err) {
    return codeOf(err) === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

async function listen(
  server: Server,
  address: { host: string; port: number } | { path: string },
  where: string,
): Promise<void> {
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`cannot listen on ${where} (--admin): ${reasonOf(cause)}`, { cause });
  }
}

const urlOf = (server: Server, host: string): string =>
  `http://${formatHost(host)}:${(server.address() as AddressInfo).port}`;

const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
