import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { before, describe, test } from 'node:test';
import { createApp } from '../../../api/http/app.ts';
import type { Limits } from '../../../api/http/limits.ts';
import type { Body } from '../../../api/registry.ts';
import { serveApp, type Served } from '../../support/http-client.ts';
import { createImages, index, silentLog } from '../../support/http-images.ts';

async function served(limits: Partial<Limits> = {}): Promise<Served> {
  const { registry } = createImages();
  return serveApp(await createApp({ registry, lister: registry, log: silentLog }), { limits });
}

const envelope = /\r\n\r\n\{"errors":\[\{"code":"UNSUPPORTED","message":"[^"]+"\}\]\}$/;

describe('the server', () => {
  let plain: Served;
  before(async () => {
    plain = await served();
  });

  const malformed: [title: string, bytes: string, status: number][] = [
    ['no HTTP at all', 'HELO example.org\r\n\r\n', 400],
    ['a version that is none', 'GET /v2/ HTTP/9.9\r\nHost: x\r\n\r\n', 400],
    ['a header without a colon', 'GET /v2/ HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', 400],
    ['two lengths', 'GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['no Host', 'GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['too long a head', `GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a method that nobody knows', 'FROB /v2/ HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
  ];
  for (const [title, bytes, status] of malformed) {
    test(`W4 E3 ${title} is ${status} with an envelope`, async () => {
      const text = await plain.raw(bytes);
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(text, envelope);
      if (status === 405) assert.match(text, /\r\nAllow: GET, HEAD\r\n/);
    });
  }

  test('a TLS handshake on the plain port is told that this is HTTP, so that the client goes on without TLS', async () => {
    assert.match(await plain.raw(Buffer.from('160301020001000001fc0303', 'hex')), /^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  test('W5 a refused write is answered before its body is sent, and the connection ends', async () => {
    const text = await plain.raw(
      'PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n',
    );
    assert.match(text, /^HTTP\/1.1 405 /);
    assert.match(text, /\r\nConnection: close\r\n/);
  });

  test('W5 a client that sends a large body all the same can read the refusal', async () => {
    const { status } = await fetch(`${plain.origin}/v2/a/blobs/uploads/x`, {
      method: 'PUT',
      body: Buffer.alloc(5_000_000),
    });
    assert.equal(status, 405);
  });

  test('an upgrade is not made, the request is answered', async () => {
    const text = await plain.raw('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    assert.match(text, /^HTTP\/1.1 200 /);
  });

  test('pipelined requests are answered in order', async () => {
    const text = await plain.raw(
      'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\nGET /v2/team/app/tags/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    assert.equal(text.match(/HTTP\/1.1 200 /g)?.length, 2);
    assert.ok(text.indexOf('{}') < text.indexOf('"tags"'));
  });

  test('over the limit of connections a new one gets 503', async () => {
    const { port, raw } = await served({ connections: 2 });
    const sockets = [net.connect(port, '127.0.0.1'), net.connect(port, '127.0.0.1')];
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const text = await raw('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(text, /^HTTP\/1.1 503 /);
    assert.match(text, /\r\nRetry-After: 1\r\n/);
    assert.match(text, /"code":"UNAVAILABLE"/);
    sockets[0]!.destroy();
    await once(sockets[0]!, 'close');
    let again = '';
    for (let i = 0; i < 100 && !again.startsWith('HTTP/1.1 200'); i++) {
      again = await raw('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    }
    assert.match(again, /^HTTP\/1.1 200 /);
    sockets[1]!.destroy();
  });

  test('a head that does not come to its end is 408', async () => {
    const { raw } = await served({ headersTimeoutMs: 200 });
    assert.match(await raw('GET /v2/ HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1.1 408 [^]*UNSUPPORTED/);
  });

  test('an unused connection is closed, by then it has been kept', async () => {
    const { raw } = await served({ idleTimeoutMs: 300 });
    const started = performance.now();
    assert.match(await raw('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1.1 200 /);
    assert.ok(performance.now() - started > 250);
  });

  test('a client that takes nothing is cut off, one that waits for us is not', async () => {
    const { registry } = createImages();
    let returned = 0;
    const slow = Object.create(registry) as typeof registry;
    slow.openBlob = (_repo, digest) => {
      let first = true;
      const body: Body = {
        next: async () => {
          if (first) await new Promise((resolve) => setTimeout(resolve, 500));
          first = false;
          return { done: false, value: Buffer.alloc(1_000_000) };
        },
        return: () => {
          returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
        [Symbol.asyncIterator]: () => body,
      };
      return Promise.resolve({ descriptor: { mediaType: 'x', digest, size: 1e9 }, body });
    };
    const app = await createApp({ registry: slow, lister: slow, log: silentLog });
    const { port } = await serveApp(app, { limits: { writeIdleMs: 200 } });
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /v2/a/blobs/${index.manifest.digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer]; // After 500 ms: we were not cut while there was nothing to take.
    assert.match(head.toString('latin1', 0, 20), /^HTTP\/1.1 200/);
    socket.pause();
    for (let i = 0; i < 300 && returned === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(returned, 1);
    socket.destroy();
  });
});
