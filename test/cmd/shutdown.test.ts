import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { Connections } from '../../cmd/shutdown.ts';

describe('draining a server', () => {
  test('cuts an answer that does not end in time, and tells how many', async () => {
    const { connections, response } = await halfAnswered();
    assert.equal(await connections.drain(20), 1);
    await assert.rejects(response.toArray(), { code: 'ECONNRESET' });
  });

  test('closes a kept-alive connection as soon as its answer has ended', async () => {
    const { connections, response, reply } = await halfAnswered();
    const drained = connections.drain(60_000);
    reply.end('the rest');
    assert.equal(Buffer.concat((await response.toArray()) as Buffer[]).toString(), 'the first, the rest');
    assert.equal(await drained, 0);
  });
});

/** A server in the middle of an answer to a client that keeps its connection. */
async function halfAnswered() {
  const server = createServer();
  const connections = new Connections(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const request = get({ port: (server.address() as AddressInfo).port, headers: { Connection: 'keep-alive' } });
  const [, reply] = await asked;
  reply.write('the first, ');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { connections, response, reply };
}
