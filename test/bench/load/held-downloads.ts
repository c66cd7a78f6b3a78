import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Begins several downloads at once, of which each client takes `bytes` and then stands still, and hangs up `holdMs` after
 *  all have come so far. */
export async function holdDownloads(
  { hostname, port, pathname }: URL,
  { clients, bytes, holdMs, limitMs }: { clients: number; bytes: number; holdMs: number; limitMs: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(256 * 1024); // What is read is looked at by nobody, so one is enough for all.
  const sockets: Socket[] = [];
  const signal = AbortSignal.timeout(limitMs);
  try {
    const held = Array.from({ length: clients }, () => {
      let taken = 0;
      let full = (): void => {};
      const enough = new Promise<void>((resolve) => (full = resolve));
      const callback = (count: number): boolean => {
        if (taken === 0 && buffer.toString('latin1', 9, 12) !== '200') socket.destroy();
        taken += count;
        if (taken < bytes) return true;
        full();
        return false;
      };
      const socket = net.connect({ host: hostname, port: Number(port), onread: { buffer, callback } });
      sockets.push(socket);
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      const lost = once(socket, 'close', { signal }).then(() => {
        throw new Error(`${pathname} ended after ${taken} bytes`);
      });
      return Promise.race([enough, lost]);
    });
    await Promise.all(held);
    await delay(holdMs);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
