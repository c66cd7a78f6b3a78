import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import { UpstreamError } from '../../../api/oci/errors.ts';
import { BROKEN, tooManyRequests, type Fault } from '../../support/upstream/faults.ts';
import { FaultyProxy } from '../../support/upstream/faulty-proxy.ts';
import { blobReply, FakeUpstream, manifestReply, silence } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest } = tinyImage();
const bytes = randomBytes(100_000);
const digest = digestOf(bytes);
const PATH = 'GET /v2/a/manifests/v1';
const MANIFEST = { path: '/v2/a/manifests/v1' };

interface Faulty {
  readonly up: FakeUpstream;
  readonly proxy: FaultyProxy;
  readonly under: UnderTest;
}

/** An upstream, whose manifest may come with a fault. */
async function faulty(fault?: Fault, options = {}): Promise<Faulty> {
  const up = await FakeUpstream.start();
  up.on(PATH, manifestReply(manifest)).on(`GET /v2/a/blobs/${digest}`, blobReply(bytes));
  const proxy = await FaultyProxy.start(up.origin);
  after(() => proxy[Symbol.asyncDispose]());
  if (fault) proxy.when(MANIFEST, fault);
  return { up, proxy, under: registryOver(proxy, options) };
}

const get = ({ registry }: UnderTest, patience = {}): Promise<unknown> =>
  registry.getManifest(repo('a'), ref('v1'), patience);
const stateOf = ({ registry }: UnderTest): unknown => registry.state[0]!.breaker;
const told = ({ lines }: UnderTest): string[] => lines.filter((line) => /in a row|answers again/.test(line));

describe('a breaker', () => {
  test('opens after three failures in a row, those of one question among them', async () => {
    const { proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed', /: 500$/);
    assert.equal(stateOf(under), 'open');
    assert.equal(proxy.lines.length, 3);
    assert.deepEqual(told(under), [
      `warn: up.example: ${proxy.origin} failed 3 times in a row, not asked for 5000 ms: up.example: GET a:v1: 500`,
    ]);
  });

  test('keeps every request away, without a connection, a pause or another try', async () => {
    const { proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    const slept = under.clock.sleeps.length;
    proxy.reset();
    under.clock.advance(1000);
    const err = await fails(get(under), 'unavailable');
    assert.equal(err.retryAfterMs, 4000);
    assert.equal(err.message, `up.example: GET a:v1: ${proxy.origin} failed several times, and is asked again in 4 s`);
    await fails(under.registry.openBlob(repo('a'), digest), 'unavailable');
    assert.deepEqual([proxy.lines, proxy.connections, under.clock.sleeps.length], [[], 0, slept]);
  });

  test('is closed by the first answer after its time, and says so once', async () => {
    const { proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    proxy.reset();
    under.clock.advance(5000);
    await get(under);
    assert.equal(stateOf(under), 'closed');
    assert.deepEqual(told(under).slice(1), [`info: up.example: ${proxy.origin} answers again`]);
  });

  test('stays open for twice as long after each probe that fails, up to a minute', async () => {
    const { proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    const pauses = [];
    for (let i = 0; i < 6; i++) {
      const { retryAfterMs = 0 } = await fails(get(under), 'unavailable');
      pauses.push(retryAfterMs);
      under.clock.advance(retryAfterMs);
      await fails(get(under), 'failed');
    }
    assert.deepEqual(pauses, [5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    assert.equal(proxy.lines.length, 3 + 6, 'a probe that failed is not tried again');
    assert.equal(told(under).length, 1);
  });

  test('lets one probe through at a time', async () => {
    const { up, proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    under.clock.advance(5000);
    proxy.reset();
    let answer = (): void => {};
    up.on(PATH, (_, response) => {
      answer = () => response.writeHead(404).end();
    });
    const probe = assert.rejects(get(under), { code: 'MANIFEST_UNKNOWN' });
    await eventually('the probe came', () => up.asked.length === 1);
    assert.deepEqual(under.registry.state[0]!.breaker, 'probing');
    const err = await fails(get(under), 'unavailable');
    assert.equal(err.retryAfterMs, 1000);
    answer();
    await probe;
    assert.equal(stateOf(under), 'closed');
    assert.equal(up.asked.length, 1);
  });

  test('asks again when who probed has left', async () => {
    const { up, proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    under.clock.advance(5000);
    proxy.reset();
    up.on(PATH, silence, manifestReply(manifest));
    const leave = new AbortController();
    const probe = get(under, { signal: leave.signal });
    await eventually('the probe came', () => up.asked.length === 1);
    leave.abort(new Error('I left'));
    await assert.rejects(probe, /^Error: I left$/);
    assert.equal(stateOf(under), 'open');
    await get(under);
  });

  test('is not kept from a caller by a probe in the background', async () => {
    const { up, proxy, under } = await faulty(BROKEN);
    await fails(get(under), 'failed');
    under.clock.advance(5000);
    proxy.reset();
    up.on(PATH, silence, manifestReply(manifest));
    const left = new AbortController();
    const probe = get(under, { background: true, signal: left.signal });
    await eventually('the probe came', () => up.asked.length === 1);
    await fails(get(under, { background: true }), 'unavailable');
    await get(under);
    assert.equal(stateOf(under), 'closed');
    left.abort(new Error('left'));
    await assert.rejects(probe, /left/);
  });

  const failures: readonly [what: string, fault: Fault | 'refuse', patience?: { budgetMs: number }][] = [
    ['a refused connection', 'refuse'],
    ['a connection cut in the body', { cutAfter: 5 }],
    ['no headers in time', { delayHeadersMs: 60_000 }],
    ['no answer within the budget of who asks', { delayHeadersMs: 60_000 }, { budgetMs: 60 }],
    ['408', { answer: { status: 408 } }],
    ['501', { answer: { status: 501 } }],
    ['503', { answer: { status: 503 } }],
  ];
  for (const [what, fault, patience] of failures) {
    test(`counts ${what}`, async () => {
      const { proxy, under } = await faulty(fault === 'refuse' ? undefined : fault, { timeouts: { headersMs: 100 } });
      proxy.refuse(fault === 'refuse');
      for (let i = 0; i < 3 && stateOf(under) === 'closed'; i++)
        await assert.rejects(get(under, patience), UpstreamError);
      assert.equal(stateOf(under), 'open');
    });
  }

  const noFailures: readonly [what: string, fault: Fault][] = [
    ...[400, 401, 403, 404, 451].map((status) => [String(status), { answer: { status } }] as [string, Fault]),
    ['429', tooManyRequests(0)],
    ['what is no manifest', { answer: { status: 200, body: '<html>' } }],
  ];
  for (const [what, fault] of noFailures) {
    test(`does not count ${what}`, async () => {
      const { under } = await faulty(fault);
      for (let i = 0; i < 4; i++) await assert.rejects(get(under));
      assert.equal(stateOf(under), 'closed');
    });
  }

  test('does not count who leaves, nor our own closing', async () => {
    const { proxy, under } = await faulty({ delayHeadersMs: 60_000 });
    for (let i = 0; i < 4; i++) {
      const leave = new AbortController();
      const pending = get(under, { signal: leave.signal });
      await eventually('it was asked', () => proxy.lines.length === i + 1);
      leave.abort(new Error('I left'));
      await assert.rejects(pending, /^Error: I left$/);
    }
    const pending = Promise.allSettled([1, 2, 3].map(() => get(under)));
    await eventually('they were asked', () => proxy.lines.length === 7);
    await under.registry.close();
    await pending;
    assert.equal(stateOf(under), 'closed');
  });

  test('counts from zero after an answer', async () => {
    const { proxy, under } = await faulty();
    proxy.when({ ...MANIFEST, nth: (n) => n % 3 !== 0 }, BROKEN);
    for (let i = 0; i < 3; i++) await get(under);
    assert.equal(stateOf(under), 'closed');
    assert.equal(proxy.lines.length, 9);
  });

  test('is that of one endpoint: the others are asked at once', async () => {
    const { proxy } = await faulty(BROKEN);
    const other = await faulty();
    const under = registryOver([proxy, other.proxy]);
    for (let i = 0; i < 4; i++) await get(under);
    assert.deepEqual([proxy.lines.length, other.proxy.lines.length], [3, 4]);
    assert.deepEqual(
      under.registry.state.map(({ breaker }) => breaker),
      ['open', 'closed'],
    );
    other.proxy.when(MANIFEST, { answer: { status: 404 } });
    await fails(get(under), 'unavailable');
    other.proxy.reset();
    other.proxy.when(MANIFEST, BROKEN);
    await fails(get(under), 'failed', /: 500$/);
    const err = await fails(get(under), 'unavailable');
    assert.equal(err.retryAfterMs, 3500, 'the one that is asked again first');
  });

  test('UP19 counts bodies that broke for good, whatever they began with', async () => {
    const { proxy, under } = await faulty();
    const BLOB = { path: /\/blobs\// };
    proxy.when({ ...BLOB, nth: (n) => n % 6 === 1 }, { cutAfter: 1000 }).when(BLOB, { cutAfter: 0 });
    for (let i = 0; i < 3; i++) {
      assert.equal(stateOf(under), 'closed');
      const { body } = await under.registry.openBlob(repo('a'), digest);
      await fails(readBody(body), 'unreachable', /: lost at byte 1000 of 100000: /);
    }
    assert.equal(stateOf(under), 'open');
    proxy.reset();
    under.clock.advance(5000);
    const { body } = await under.registry.openBlob(repo('a'), digest);
    assert.equal(stateOf(under), 'closed', 'the beginning of a body is an answer');
    assert.deepEqual(await readBody(body), bytes);
  });
});

test('the state of an upstream tells how each endpoint does', async () => {
  const limits = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '96;w=21600' };
  const { proxy, under } = await faulty({ headers: { ...limits, 'docker-ratelimit-source': '192.0.2.1' } });
  const { origin } = proxy;
  assert.deepEqual(under.registry.state, [{ origin, breaker: 'closed', pausedMs: 0 }]);
  await get(under);
  const rateLimit = { limit: 100, remaining: 96, windowSeconds: 21_600, source: '192.0.2.1' };
  assert.deepEqual(under.registry.state, [{ origin, breaker: 'closed', pausedMs: 0, lastStatus: 200, rateLimit }]);
  proxy.reset();
  proxy.when(MANIFEST, BROKEN);
  await fails(get(under), 'failed');
  assert.deepEqual(under.registry.state, [
    { origin, breaker: 'open', opensAgainMs: 5000, pausedMs: 0, lastStatus: 500, rateLimit },
  ]);
  under.clock.advance(6000);
  proxy.reset();
  proxy.when(MANIFEST, tooManyRequests(30));
  await fails(get(under, { budgetMs: 10_000 }), 'rate-limited');
  assert.deepEqual(under.registry.state, [{ origin, breaker: 'closed', pausedMs: 30_000, lastStatus: 429, rateLimit }]);
});
