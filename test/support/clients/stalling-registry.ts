import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How much of a blob is sent, in bytes. */
const BEGINNING = 50_000;

/** Stands before a registry, and sends the beginning of large blobs alone. */
export async function startStalling(url: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((asked, answer) => {
    const { method, headers } = asked;
    const forwarded = request(new URL(asked.url ?? '', url), { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      let sent = 0;
      got.on('data', (chunk: Buffer) => {
        if (sent < BEGINNING) answer.write(chunk);
        sent += chunk.length;
      });
      got.on('end', () => {
        if (sent < BEGINNING) answer.end();
      });
    });
    forwarded.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
