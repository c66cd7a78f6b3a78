import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { ACCEPT } from './accept.ts';
import type { StoredBytes } from './images.ts';
import type { Server } from './server.ts';

/** Throws unless a server answers a path with these bytes and says of them what clients go by, to GET and to HEAD: who sends
 *  less, or something else, is no peer. */
export async function requireSameBytes(server: Server, path: string, bytes: StoredBytes): Promise<void> {
  for (const method of ['HEAD', 'GET']) {
    const response = await ask(server, method, path);
    const hash = createHash('sha256');
    for await (const chunk of response) hash.update(chunk as Buffer);
    const what = `${method} ${path} of ${server.peer.name}`;
    assert.equal(response.statusCode, 200, what);
    assert.equal(response.headers['content-length'], String(bytes.size), what);
    assert.equal(response.headers['docker-content-digest'], bytes.digest, what);
    if (path.includes('/manifests/')) assert.equal(response.headers['content-type'], bytes.mediaType, what);
    if (method === 'GET') assert.equal(`sha256:${hash.digest('hex')}`, bytes.digest, what);
  }
}

async function ask({ port }: Server, method: string, path: string): Promise<IncomingMessage> {
  const request = http.request({ port, host: '127.0.0.1', method, path, agent: false, headers: { accept: ACCEPT } });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
