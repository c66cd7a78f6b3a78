import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { coldDownload, type ColdDownload } from './cold-download.ts';

const BODY = Buffer.alloc(1024 * 1024, 'a');

async function downloadFrom(listener: RequestListener): Promise<ColdDownload> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return await coldDownload(new URL(`http://127.0.0.1:${port}/blob`), Buffer.alloc(64 * 1024));
  } finally {
    server.close();
  }
}

test('all of a body is counted, wherever the head ends in what comes', async () => {
  const { bytes, firstByteMs, endMs } = await downloadFrom((_request, response) => {
    response.writeHead(200, { 'content-length': BODY.length }).flushHeaders();
    setImmediate(() => response.end(BODY));
  });
  assert.equal(bytes, BODY.length);
  assert.ok(firstByteMs > 0 && firstByteMs <= endMs);
});

test('a token is fetched where one is wanted', async () => {
  const asked: string[] = [];
  const { bytes } = await downloadFrom(({ url = '', headers }, response) => {
    asked.push(url);
    if (url.startsWith('/token')) return void response.end(JSON.stringify({ token: 'secret' }));
    if (headers.authorization === 'Bearer secret') {
      return void response.writeHead(200, { 'content-length': BODY.length }).end(BODY);
    }
    const realm = `realm="http://${headers.host}/token",service="a",scope="repository:b:pull"`;
    response.writeHead(401, { 'www-authenticate': `Bearer ${realm}` }).end('no');
  });
  assert.equal(bytes, BODY.length);
  assert.deepEqual(asked, ['/blob', '/token?service=a&scope=repository%3Ab%3Apull', '/blob']);
});

test('what is cut, or no success, is no download', async () => {
  await assert.rejects(
    downloadFrom((_request, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      response.write(BODY.subarray(0, 1024), () => response.destroy());
    }),
  );
  await assert.rejects(
    downloadFrom((_request, response) => void response.writeHead(502).end('no')),
    /\/blob: 502, .* expected 200/,
  );
});
