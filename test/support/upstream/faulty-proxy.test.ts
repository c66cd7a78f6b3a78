import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FakeUpstream } from './fake-upstream.ts';
import { BROKEN, LYING_DIGEST, tooManyRequests, UNAUTHORIZED, type Fault } from './faults.ts';
import { FaultyProxy } from './faulty-proxy.ts';

const BODY = Buffer.alloc(100_000, 'a body ');
const DIGEST = 'sha256:right';

async function proxied(...faults: readonly Fault[]): Promise<FaultyProxy> {
  const up = await FakeUpstream.start();
  up.on('GET /blob', { headers: { 'docker-content-digest': DIGEST }, body: BODY });
  const proxy = await FaultyProxy.start(up.origin);
  after(() => proxy[Symbol.asyncDispose]());
  for (const fault of faults) proxy.when({ path: '/blob' }, fault);
  return proxy;
}

async function get({ origin }: FaultyProxy, path = '/blob'): Promise<IncomingMessage> {
  const request = http.get(`${origin}${path}`, { agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  // What is wrong with the body, whoever reads that sees it.
  request.on('error', () => {});
  return answer;
}

/** With an error or without. */
const closing = (stream: Readable): Promise<void> =>
  new Promise((resolve) => void stream.once('close', () => resolve()).on('error', () => {}));

/** What came of a body, and whether it came to its end. */
async function read(answer: IncomingMessage): Promise<{ body: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closing(answer);
  return { body: Buffer.concat(chunks), isWhole: answer.complete };
}

describe('a faulty proxy', () => {
  test('passes on what it is told nothing of, and counts', async () => {
    const proxy = await proxied();
    const answer = await get(proxy, '/blob?x=1');
    assert.deepEqual([answer.statusCode, answer.headers['docker-content-digest']], [200, DIGEST]);
    assert.deepEqual(await read(answer), { body: BODY, isWhole: true });
    assert.equal((await get(proxy, '/nothing')).statusCode, 404);
    assert.deepEqual(proxy.lines, ['GET /blob?x=1', 'GET /nothing']);
    assert.deepEqual([proxy.upstreamBytes, proxy.connections], [BODY.length, 2]);
    proxy.reset();
    assert.deepEqual([proxy.upstreamBytes, proxy.connections, proxy.lines], [0, 0, []]);
  });

  test('cuts the body', async () => {
    for (const cutAfter of [0, 1000, BODY.length - 1]) {
      const { body, isWhole } = await read(await get(await proxied({ cutAfter })));
      assert.deepEqual([body.length, isWhole], [cutAfter, false]);
    }
  });

  test('stalls the body until the client leaves', async () => {
    const answer = await get(await proxied({ stallAfter: 1000 }));
    let received = 0;
    answer.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received === 1000) setTimeout(() => answer.destroy(), 50); // Nothing more must come.
    });
    await closing(answer);
    assert.equal(received, 1000);
  });

  test('trickles', async () => {
    const answer = await get(await proxied({ bytesPerSecond: 200, cutAfter: 60 }));
    const started = performance.now();
    const { body } = await read(answer);
    assert.equal(body.length, 60);
    assert.ok(performance.now() - started >= 100);
  });

  test('turns a bit, and says nothing of it', async () => {
    const answer = await get(await proxied({ flipByteAt: 70_000 }));
    assert.equal(answer.headers['docker-content-digest'], DIGEST);
    const { body, isWhole } = await read(answer);
    assert.equal(isWhole, true);
    assert.deepEqual(
      [...body.keys()].filter((i) => body[i] !== BODY[i]),
      [70_000],
    );
  });

  test('says another digest than that of the body', async () => {
    const answer = await get(await proxied(LYING_DIGEST));
    assert.match(answer.headers['docker-content-digest'] as string, /^sha256:0{64}$/);
    assert.deepEqual((await read(answer)).body, BODY);
  });

  test('says that the body is longer than it is, or shorter', async () => {
    const long = await get(await proxied({ lengthOffBy: 10 }));
    assert.equal(long.headers['content-length'], String(BODY.length + 10));
    assert.deepEqual(await read(long), { body: BODY, isWhole: false });
    const short = await get(await proxied({ lengthOffBy: -10 }));
    assert.equal(short.headers['content-length'], String(BODY.length - 10));
    assert.ok((await read(short)).body.length <= BODY.length - 10);
  });

  test('compresses', async () => {
    const answer = await get(await proxied({ gzip: true }));
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync((await read(answer)).body), BODY);
  });

  test('answers itself, without asking the upstream', async () => {
    const faults = [UNAUTHORIZED, BROKEN, tooManyRequests(7), { redirectTo: 'http://127.0.0.1:9' }];
    const answers = await Promise.all(faults.map(async (fault) => get(await proxied(fault))));
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [401, 500, 429, 307],
    );
    assert.equal(answers[0]!.headers['www-authenticate'], 'Basic realm="faulty"');
    assert.equal(answers[2]!.headers['retry-after'], '7');
    assert.equal(answers[3]!.headers.location, 'http://127.0.0.1:9/blob');
    const proxy = await proxied(BROKEN);
    await read(await get(proxy));
    assert.equal(proxy.upstreamBytes, 0);
  });

  test('keeps the answer back', async () => {
    const started = performance.now();
    await get(await proxied({ delayHeadersMs: 100 }));
    assert.ok(performance.now() - started >= 95);
  });

  test('does so for the requests that it is told of, the first rule first', async () => {
    const proxy = await proxied();
    proxy
      .when({ method: 'GET', path: /^\/bl/, nth: 2 }, BROKEN)
      .when({ path: '/blob', nth: (n) => n > 2 }, UNAUTHORIZED)
      .when({ method: 'HEAD' }, BROKEN);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get(proxy)).statusCode);
    assert.deepEqual(statuses, [200, 500, 401, 401]);
    proxy.reset();
    assert.equal((await get(proxy)).statusCode, 200);
  });

  test('refuses connections, and closes those that are open', async () => {
    const proxy = await proxied({ stallAfter: 10 });
    const open = await get(proxy);
    const closed = read(open);
    proxy.refuse(true);
    assert.equal((await closed).isWhole, false);
    const socket = net.connect(Number(proxy.host.split(':')[1]), '127.0.0.1');
    await closing(socket);
    assert.deepEqual([proxy.connections, proxy.lines.length], [2, 1]);
    proxy.refuse(false);
    assert.equal((await get(proxy)).statusCode, 200);
  });

  test('limits a connection, over all that is asked on it', async () => {
    const proxy = await proxied();
    proxy.limitConnections(400_000);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const started = performance.now();
    await Promise.all(
      [1, 2].map(async () => {
        const [answer] = (await once(http.get(`${proxy.origin}/blob`, { agent }), 'response')) as [IncomingMessage];
        assert.deepEqual((await read(answer)).body, BODY);
      }),
    );
    agent.destroy();
    assert.equal(proxy.connections, 1);
    assert.ok(
      performance.now() - started >= 300,
      '200 000 bytes at 400 000 a second, less what a late timer may make up',
    );
  });

  test('is not there for whom its upstream is not there', async () => {
    const up = await FakeUpstream.start();
    const proxy = await FaultyProxy.start(up.origin);
    after(() => proxy[Symbol.asyncDispose]());
    await up[Symbol.asyncDispose]();
    await assert.rejects(get(proxy), { code: 'ECONNRESET' });
  });
});
