import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get as getPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import tls from 'node:tls';
import { createServer } from '../../api/http/server.ts';
import { Connections } from '../../cmd/shutdown.ts';
import { eventually } from '../support/clients/eventually.ts';
import { missing } from '../support/clients/requires.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Authority, type Pair } from '../support/upstream/certificates.ts';

for (const protocol of ['http', 'https'] as const) {
  describe(`draining a server of ${protocol}`, { skip: protocol === 'https' && missing('openssl') }, () => {
    let pair: Pair | undefined;
    before(async () => {
      if (protocol === 'https') pair = await (await Authority.create(tempFolder())).server('server');
    });

    /** A server, and what it is to answer. */
    async function listening() {
      const identity = pair && { cert: pair.cert, key: pair.key, clientAuth: 'none' as const };
      const asked = Promise.withResolvers<ServerResponse>();
      const server: Server = createServer((_req, res) => asked.resolve(res), { tls: identity });
      const connections = new Connections(server);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return { server, connections, port: (server.address() as AddressInfo).port, asked: asked.promise };
    }

    /** A server in the middle of an answer to a client that keeps its connection. */
    async function halfAnswered() {
      const { server, connections, port, asked } = await listening();
      const options = { port, headers: { Connection: 'keep-alive' }, rejectUnauthorized: false };
      const request = protocol === 'https' ? getSecure(options) : getPlain(options);
      const reply = await asked;
      reply.write('the first, ');
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return { server, connections, response, reply };
    }

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

    test('lets a long rest of an answer leave before it closes', async () => {
      const { connections, response, reply } = await halfAnswered();
      const drained = connections.drain(60_000);
      reply.end(Buffer.alloc(20_000_000));
      assert.equal(Buffer.concat((await response.toArray()) as Buffer[]).length, 20_000_011);
      assert.equal(await drained, 0);
    });

    test('closes at once a connection that is kept for later, has never asked, or is not secured yet', async () => {
      const { server, connections, port, asked } = await listening();
      const kept = protocol === 'https' ? tls.connect({ port, rejectUnauthorized: false }) : connect(port);
      kept.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      (await asked).end('done');
      await once(kept, 'data');
      const idle = [kept, connect(port), connect(port)];
      const count = (): Promise<number> =>
        new Promise((resolve) => server.getConnections((_err, open) => resolve(open)));
      await eventually('all are accepted', async () => (await count()) === 3);
      const closed = idle.map((socket) => once(socket.resume(), 'close'));
      assert.equal(await connections.drain(60_000), 0);
      await Promise.all(closed);
    });
  });
}
