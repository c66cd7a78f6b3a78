import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { UpstreamRegistry } from '../../../api/upstream/upstream-registry.ts';
import { parseHost } from '../../../api/oci/repository.ts';
import {
  envelope,
  FakeUpstream,
  manifestReply,
  silence,
  type Answer,
  type Reply,
} from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest } = tinyImage();
const PATH = 'GET /v2/a/manifests/v1';
const good = manifestReply(manifest);

/** An upstream with as many endpoints as there are lists of replies. */
async function upstreamWith(
  ...endpoints: readonly (readonly Reply[])[]
): Promise<{ ups: FakeUpstream[]; under: UnderTest; counts: () => number[] }> {
  const ups = await Promise.all(endpoints.map(() => FakeUpstream.start()));
  for (const [i, replies] of endpoints.entries()) ups[i]!.on(PATH, ...replies);
  return { ups, under: registryOver(ups), counts: () => ups.map(({ asked }) => asked.length) };
}

const get = ({ registry }: UnderTest, patience = {}): Promise<unknown> =>
  registry.getManifest(repo('a'), ref('v1'), patience);
const limited = (headers = {}): Answer => ({
  status: 429,
  headers: { 'content-type': 'text/plain', ...headers },
  body: 'You have reached your pull rate limit.\n',
});

/** A port of this machine where nobody listens. */
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('UP15 a failure that may pass', () => {
  for (const status of [408, 500, 502, 503, 504]) {
    test(`of ${status} is tried three times`, async () => {
      const { under, counts } = await upstreamWith([{ status }, { status }, good]);
      await get(under);
      assert.deepEqual(under.clock.sleeps, [500, 1000]);
      const still = await upstreamWith([envelope(status, 'UNKNOWN', 'it broke')]);
      const err = await fails(get(still.under), 'failed');
      assert.equal(err.message, `up.example: GET a:v1: ${status}: it broke`);
      assert.equal(err.status, status);
      assert.deepEqual([...counts(), ...still.counts()], [3, 3]);
    });
  }

  for (const status of [400, 401, 403, 404, 410, 451, 501, 505]) {
    test(`is not one of ${status}`, async () => {
      const { under, counts } = await upstreamWith([{ status }]);
      await assert.rejects(get(under));
      assert.deepEqual(counts(), [1]);
    });
  }

  test('is a connection that was refused, or closed before the answer', async () => {
    const { under, counts } = await upstreamWith([
      (_, response) => response.destroy(),
      (_, response) => response.socket?.resetAndDestroy(),
      good,
    ]);
    await get(under);
    assert.deepEqual(counts(), [3]);

    const origin = `http://127.0.0.1:${await closedPort()}`;
    const nobody = registryOver(origin);
    await fails(
      get(nobody),
      'unreachable',
      new RegExp(`^up.example: GET a:v1: cannot reach ${origin}: connection refused$`),
    );
    assert.deepEqual(nobody.clock.sleeps, [500, 1000]);
  });

  test('is not a host that does not exist', async () => {
    const under = registryOver('http://no-such-host.invalid');
    await fails(
      get(under),
      'unreachable',
      /cannot reach http:\/\/no-such-host.invalid: (no such host|the name server does not answer)$/,
    );
    assert.ok(under.lines.length <= 2);
  });

  test('waits as long as 503 says', async () => {
    const { under } = await upstreamWith([{ status: 503, headers: { 'retry-after': '7' } }, good]);
    await get(under);
    assert.deepEqual(under.clock.sleeps, [7000]);
  });
});

test('who has something else to answer with waits for no second try', async () => {
  const { under, counts } = await upstreamWith([{ status: 503 }], [{ status: 503 }, good]);
  await fails(get(under, { once: true }), 'failed', /503/);
  assert.deepEqual([counts(), under.clock.sleeps], [[1, 1], []]);
  await get(under);
  assert.deepEqual(counts(), [2, 2]);
});

describe('UP14 too many requests', () => {
  test('wait as long as they are told, up to five tries', async () => {
    const { under, counts } = await upstreamWith([limited({ 'retry-after': '3' }), good]);
    await get(under);
    assert.deepEqual(under.clock.sleeps, [3000]);
    assert.ok(under.lines.some((line) => /^warn: .*pull rate limit.*left alone for 3000 ms/.test(line)));

    const still = await upstreamWith([limited({ 'retry-after': '120' })]);
    const err = await fails(get(still.under), 'rate-limited');
    assert.equal(err.message, 'up.example: GET a:v1: 429 too many requests: You have reached your pull rate limit.');
    assert.deepEqual([err.status, err.retryAfterMs], [429, 120_000]);
    assert.deepEqual(still.under.clock.sleeps, [60_000, 60_000, 60_000, 60_000]);
    assert.deepEqual([...counts(), ...still.counts()], [2, 5]);
  });

  test('wait longer each time where they are told nothing', async () => {
    const { under } = await upstreamWith([limited(), limited(), limited(), good]);
    await get(under);
    assert.deepEqual(under.clock.sleeps, [1000, 2000, 4000]);
  });

  test('pause every other request to that endpoint', async () => {
    const { under, ups } = await upstreamWith([limited({ 'retry-after': '30' }), good]);
    ups[0]!.on('GET /v2/b/manifests/v1', good);
    await fails(get(under, { budgetMs: 10_000 }), 'rate-limited');
    const err = await fails(under.registry.getManifest(repo('b'), ref('v1'), { budgetMs: 10_000 }), 'rate-limited');
    assert.match(
      err.message,
      /^up.example: GET b:v1: http:\/\/127.0.0.1:\d+ has had too many requests, and wants none for 30 s more$/,
    );
    assert.equal(err.retryAfterMs, 30_000);
    assert.equal(ups[0]!.asked.length, 1);
    await under.registry.getManifest(repo('b'), ref('v1'));
    assert.deepEqual(under.clock.sleeps, [30_000]);
  });

  test('do not wait longer than the caller does, but say how long it would be', async () => {
    const { under, counts } = await upstreamWith([limited({ 'retry-after': '30' })]);
    const err = await fails(get(under, { budgetMs: 10_000 }), 'rate-limited');
    assert.equal(err.retryAfterMs, 30_000);
    assert.deepEqual([under.clock.sleeps, counts()], [[], [1]]);
  });

  test('go to the next endpoint, and leave the first alone', async () => {
    const { under, counts } = await upstreamWith([limited({ 'retry-after': '30' }), good], [good]);
    await get(under);
    await get(under);
    assert.deepEqual(counts(), [1, 2]);
    under.clock.advance(30_000);
    await get(under);
    assert.deepEqual(counts(), [2, 2]);
    assert.deepEqual(under.clock.sleeps, []);
  });

  test('do not all come back at once', async () => {
    const { log } = keepingLog();
    const up = await FakeUpstream.start();
    up.on(PATH, limited({ 'retry-after': '4' }), good);
    const slept: number[] = [];
    const clock = { now: () => 0, random: () => 0.5, sleep: (ms: number) => Promise.resolve(void slept.push(ms)) };
    const host = parseHost('up.example');
    const endpoints = [{ url: up.origin }];
    const registry = new UpstreamRegistry({ host, endpoints, userAgent: 'x', log, clock });
    after(() => registry.close());
    // This clock stands still, so that the pause never ends.
    await fails(registry.getManifest(repo('a'), ref('v1')), 'rate-limited');
    assert.deepEqual(slept, [4500, 4500, 4500, 4500]);
  });
});

describe('endpoints', () => {
  const next: readonly [what: string, reply: Reply][] = [
    ['404', { status: 404 }],
    ['503', { status: 503 }],
    ['501', { status: 501 }],
    ['429', { status: 429 }],
    ['a closed connection', (_, response) => response.destroy()],
    ['a manifest that is not one', { body: '<html>' }],
  ];
  for (const [what, reply] of next) {
    test(`the next one is asked after ${what}, without waiting`, async () => {
      const { under, counts } = await upstreamWith([reply], [good]);
      await get(under);
      assert.deepEqual([counts(), under.clock.sleeps], [[1, 1], []]);
    });
  }

  for (const status of [400, 401, 403]) {
    test(`${status} is final`, async () => {
      const { under, counts } = await upstreamWith([{ status }], [good]);
      await fails(get(under), status === 400 ? 'failed' : 'denied');
      assert.deepEqual(counts(), [1, 0]);
    });
  }

  test('the next one is asked when the first is not there', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, good);
    const under = registryOver([`http://127.0.0.1:${await closedPort()}`, up]);
    await get(under);
    assert.deepEqual(under.clock.sleeps, []);
  });

  test('404 is the answer only when all say so', async () => {
    const unknown = envelope(404, 'NAME_UNKNOWN', 'x');
    const { under } = await upstreamWith([{ status: 404 }], [unknown]);
    await assert.rejects(get(under), { code: 'NAME_UNKNOWN' });
    const broken = await upstreamWith([{ status: 404 }], [{ status: 500 }]);
    await fails(get(broken.under), 'failed', /: 500$/);
    assert.deepEqual(broken.counts(), [1, 3]);
  });

  test('all of them are asked again, but those that said 404', async () => {
    const { under, counts } = await upstreamWith(
      [{ status: 503 }, { status: 503 }, good],
      [{ status: 404 }],
      [{ status: 503 }],
    );
    await get(under);
    assert.deepEqual(counts(), [3, 1, 2]);
    assert.deepEqual(under.clock.sleeps, [500, 1000]);
  });

  test('the error is that of the first one', async () => {
    const { under } = await upstreamWith([{ status: 501 }], [{ status: 500 }]);
    await fails(get(under), 'failed', /: 501$/);
  });

  test('a path before /v2/ belongs to the endpoint, as does one with v2 in it', async () => {
    const up = await FakeUpstream.start();
    up.on('GET /mirror/v2/a/manifests/v1', good).on('GET /v2/hub/a/manifests/v1', good);
    await get(registryOver(`${up.origin}/mirror/`));
    await get(registryOver(`${up.origin}/v2/hub`));
    assert.deepEqual(up.lines, ['GET /mirror/v2/a/manifests/v1', 'GET /v2/hub/a/manifests/v1']);
  });

  for (const url of [
    'registry.example',
    'ftp://registry.example',
    'https://user:secret@registry.example',
    'https://',
    '',
  ]) {
    test(`${JSON.stringify(url)} is none`, () => {
      assert.throws(
        () => registryOver(url),
        (err) => err instanceof Error && !err.message.includes('secret'),
      );
    });
  }

  test('of none at all no upstream can be made', () =>
    assert.throws(() => registryOver([]), /up.example: no endpoint/));
});

describe('UP24 time', () => {
  test('runs out for headers that do not come', async () => {
    const { ups, counts } = await upstreamWith([silence]);
    const impatient = registryOver(ups, { timeouts: { headersMs: 50 } });
    const err = await fails(get(impatient), 'timeout');
    assert.equal(err.message, `up.example: GET a:v1: ${ups[0]!.origin}: no answer within 50 ms`);
    assert.deepEqual(counts(), [1]);
  });

  test('runs out for a connection that is not made', async () => {
    // It takes the connection, but TLS never gets an answer.
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    const sockets: net.Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const under = registryOver(url, { timeouts: { connectMs: 50 } });
    await fails(get(under), 'unreachable', /: connection timed out$/);
    for (const socket of sockets) socket.destroy();
  });

  test('runs out for a caller who waits no longer', async () => {
    const { under } = await upstreamWith([silence]);
    const err = await fails(get(under, { budgetMs: 50 }), 'timeout');
    assert.equal(err.message, 'up.example: GET a:v1: no answer within 50 ms');
  });

  test('is shared, so that a silent endpoint leaves some to the next', async () => {
    const { under, counts } = await upstreamWith([silence], [good]);
    await get(under, { budgetMs: 400 });
    assert.deepEqual(counts(), [1, 1]);
  });

  test('runs out in a manifest that does not go on', async () => {
    const { under } = await upstreamWith([
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{');
      },
    ]);
    await fails(get(under, { budgetMs: 50 }), 'timeout', /no answer within 50 ms$/);
  });

  test('does not run out once a blob has begun', async () => {
    const { ups, under } = await upstreamWith([good]);
    const bytes = manifest.bytes;
    const path = `GET /v2/a/blobs/${manifest.digest}`;
    let finish = (): void => {};
    ups[0]!.on(path, (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10));
      finish = () => response.end(bytes.subarray(10));
    });
    const { body } = await under.registry.openBlob(repo('a'), manifest.digest, undefined, { budgetMs: 30 });
    await body.next();
    await new Promise((resolve) => setTimeout(resolve, 40)); // Longer than the budget: nothing must happen.
    finish();
    assert.deepEqual((await body.next()).value, bytes.subarray(10));
  });

  test('is not waited for by a caller who has left', async () => {
    const { ups, under } = await upstreamWith([silence]);
    const leave = new AbortController();
    const pending = get(under, { signal: leave.signal });
    while (ups[0]!.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leave.abort(new Error('I left'));
    await assert.rejects(pending, /^Error: I left$/);
    await assert.rejects(get(under, { signal: leave.signal }), /^Error: I left$/);
    assert.equal(ups[0]!.asked.length, 1);
  });

  test('ends for all when the registry is closed', async () => {
    const { ups, under } = await upstreamWith([silence]);
    const pending = get(under);
    while (ups[0]!.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await under.registry.close();
    await fails(pending, 'unreachable', /this client was closed$/);
  });
});

describe('UP2 names', () => {
  const hub = (up: FakeUpstream): UnderTest => registryOver(up, { host: parseHost('index.docker.io') });

  test('of one component get library/ at Docker Hub alone', async () => {
    const up = await FakeUpstream.start();
    for (const name of ['a', 'library/a', 'a/b']) up.on(`GET /v2/${name}/manifests/v1`, good);
    for (const name of ['a', 'library/a', 'a/b']) await hub(up).registry.getManifest(repo(name), ref('v1'));
    await get(registryOver(up));
    assert.deepEqual(
      up.lines,
      ['library/a', 'library/a', 'a/b', 'a'].map((name) => `GET /v2/${name}/manifests/v1`),
    );
  });

  test('of another host are not known', async () => {
    const up = await FakeUpstream.start();
    up.on('GET /v2/library/a/manifests/v1', good);
    await hub(up).registry.getManifest(repo('a', 'registry-1.docker.io'), ref('v1'));
    await assert.rejects(hub(up).registry.getManifest(repo('a', 'quay.io'), ref('v1')), { code: 'NAME_UNKNOWN' });
    assert.equal(up.asked.length, 1);
  });
});
