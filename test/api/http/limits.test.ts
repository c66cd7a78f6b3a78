import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { Admission } from '../../../api/http/admission.ts';
import { createApp } from '../../../api/http/app.ts';
import { TrustedProxies } from '../../../api/http/client-address.ts';
import { DEFAULT_LIMITS, type CountedLimit, type Limits } from '../../../api/http/limits.ts';
import type { HttpServer } from '../../../api/http/server.ts';
import type { Registry } from '../../../api/registry.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { codeOf, serveApp, type Served } from '../../support/http-client.ts';
import { createImages, silentLog } from '../../support/http-images.ts';

const MANIFEST = '/v2/team/app/manifests/latest';

/** A server whose registry answers for manifests and blobs when it is told to. */
async function heldBack(changed: Partial<Limits>, trusted: readonly string[] = []) {
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const { registry, blob } = createImages();
  const gate = Promise.withResolvers<undefined>();
  let waiting = 0;
  const wait = async (): Promise<void> => {
    waiting++;
    await gate.promise;
    waiting--;
  };
  const slow: Registry = {
    statManifest: (...args) => registry.statManifest(...args),
    statBlob: (...args) => registry.statBlob(...args),
    getManifest: async (...args) => {
      await wait();
      return registry.getManifest(...args);
    },
    openBlob: async (...args) => {
      await wait();
      return registry.openBlob(...args);
    },
  };
  const refused: CountedLimit[] = [];
  const admission = new Admission(limits, (limit) => refused.push(limit));
  const proxies = new TrustedProxies(trusted);
  const app = await createApp({
    registry: slow,
    lister: registry,
    log: silentLog,
    admission,
    clientOf: proxies.clientOf,
  });
  const served = await serveApp(app, { limits, proxies, onRefused: (limit) => refused.push(limit) });
  return {
    ...served,
    admission,
    blobPath: `/v2/team/app/blobs/${blob.digest}`,
    refused,
    open: () => gate.resolve(undefined),
    held: (count: number) => eventually(`${count} requests wait`, () => waiting === count),
  };
}

function assertRefused(answer: Awaited<ReturnType<Served['ask']>>, message: RegExp): void {
  assert.equal(answer.status, 503);
  assert.equal(codeOf(answer), 'UNAVAILABLE');
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.match(answer.body.toString(), message);
}

describe('over a limit', () => {
  test('of requests in progress, one more is 503 with Retry-After, and those in progress are answered', async () => {
    const { ask, held, open, refused } = await heldBack({ requests: 2 });
    const inProgress = [ask('GET', MANIFEST), ask('GET', MANIFEST)];
    await held(2);
    assertRefused(await ask('GET', '/v2/'), /"too many requests at once"/);
    open();
    for (const answer of await Promise.all(inProgress)) assert.equal(answer.status, 200);
    assert.equal((await ask('GET', '/v2/')).status, 200);
    assert.deepEqual(refused, ['requests']);
  });

  test('of requests of one client, others are answered', async () => {
    const { ask, held, open, refused } = await heldBack({ requestsPerClient: 1 }, ['127.0.0.1']);
    const as = (client: string) => ({ 'X-Forwarded-For': client });
    const inProgress = ask('GET', MANIFEST, as('192.0.2.1'));
    await held(1);
    assertRefused(await ask('GET', '/v2/', as('192.0.2.1')), /"too many requests at once from 192\.0\.2\.1"/);
    assert.equal((await ask('GET', '/v2/', as('192.0.2.2'))).status, 200);
    open();
    assert.equal((await inProgress).status, 200);
    assert.deepEqual(refused, ['requestsPerClient']);
  });

  test('of downloads, what is small is answered', async () => {
    const { ask, held, open, refused, blobPath } = await heldBack({ blobStreams: 1 });
    const inProgress = ask('GET', blobPath);
    await held(1);
    assertRefused(await ask('GET', blobPath), /"too many downloads at once"/);
    for (const [method, path] of [
      ['HEAD', blobPath],
      ['GET', '/v2/team/app/tags/list'],
    ] as const) {
      assert.equal((await ask(method, path)).status, 200, path);
    }
    open();
    assert.equal((await inProgress).status, 200);
    assert.deepEqual(refused, ['blobStreams']);
  });

  test('requests that are sent one behind the other on a connection count each, and are given back when it breaks', async () => {
    const { port, ask, held, refused } = await heldBack({ requests: 3 });
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET ${MANIFEST} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(5));
    await held(3);
    await eventually('two are refused', () => refused.length === 2);
    assertRefused(await ask('GET', '/v2/'), /too many requests/);
    socket.destroy();
    await eventually('there is room again', async () => (await ask('GET', '/v2/')).status === 200);
  });

  test('a client has so many connections, a trusted proxy as many as there are', async () => {
    const open = async ({ port, raw }: Pick<Served, 'port' | 'raw'>): Promise<string> => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      const text = await raw('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      socket.destroy();
      return text;
    };
    const stranger = await heldBack({ connectionsPerClient: 1 });
    assert.match(await open(stranger), /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/);
    assert.deepEqual(stranger.refused, ['connectionsPerClient']);
    assert.match(await open(await heldBack({ connectionsPerClient: 1 }, ['127.0.0.0/8'])), /^HTTP\/1\.1 200 /);
  });

  test('of the head of a request it is 431', async () => {
    const { raw } = await heldBack({ headerBytes: 2048 });
    const of = (length: number): string =>
      `GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ${'x'.repeat(length)}\r\n\r\n`;
    assert.match(await raw(of(1500)), /^HTTP\/1\.1 200 /);
    assert.match(await raw(of(2500)), /^HTTP\/1\.1 431 /);
  });
});

test('limits that are changed hold from then on, and what is in progress counts', async () => {
  const { server, ask, held, open, admission } = await heldBack({});
  const inProgress = ask('GET', MANIFEST);
  await held(1);
  admission.limits = { ...DEFAULT_LIMITS, requests: 1 };
  assertRefused(await ask('GET', '/v2/'), /too many requests/);
  admission.limits = { ...DEFAULT_LIMITS, requests: Infinity, requestsPerClient: Infinity };
  assert.equal((await ask('GET', '/v2/')).status, 200);
  open();
  await inProgress;

  (server as HttpServer).limit({ connections: 1 });
  const { port } = server.address() as net.AddressInfo;
  const [bytes] = (await once(net.connect(port, '127.0.0.1'), 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 503 /);
});
