import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { eventually } from '../support/clients/eventually.ts';
import { assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import type { Cache, Got } from '../support/pull/cache.ts';
import { startFaultyUpstream, type Subject } from '../support/pull/faulty-upstream.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { BROKEN, tooManyRequests, UNAUTHORIZED } from '../support/upstream/faults.ts';
import type { FaultyProxy } from '../support/upstream/faulty-proxy.ts';

/** Sooner than after all that a request may wait, also on a busy machine. */
const QUICK_MS = 5_000;
const LATE_MS = 20_000;

const NAMES = [
  ...['refusal', 'limited', 'limited-miss', 'broken', 'broken-miss', 'gone', 'gone-miss'],
  ...['late', 'late-miss', 'breaker', 'removed'],
] as const;

/** Tags are looked up again each time. */
const failureTest = clientTests([...DISTRIBUTION], async (stack) => {
  const more = { tags: [{ match: '*', ttl: '0s' }] };
  return startFaultyUpstream<string>(stack, { names: NAMES, layerBytes: 100_000, more });
});

/** Pulls it while all is well. */
async function keep({ cache, proxy, subjects }: Lab, name: string): Promise<Subject> {
  proxy.reset();
  const subject = subjects[name]!;
  await subject.pull();
  await untilKept(cache, subject.image);
  proxy.lines.length = 0;
  return subject;
}

interface Lab {
  readonly cache: Cache;
  readonly proxy: FaultyProxy;
  readonly subjects: Readonly<Record<string, Subject>>;
}

function assertStale(answer: Got, { image, host }: Subject, reason: string): void {
  assert.equal(answer.status, 200, answer.body.toString().slice(0, 300));
  assert.deepEqual(answer.body, image.manifest.bytes);
  assert.equal(answer.headers.get('warning'), `299 - "from the store, not looked up again: ${host} ${reason}"`);
  assert.match(answer.headers.get('age') ?? '', /^\d+$/);
  assert.match(answer.headers.get('cache-status') ?? '', /^ociregistry; hit; ttl=-?\d+; detail="/);
}

const FAILURES = [
  {
    what: '429 with Retry-After',
    kept: 'limited',
    miss: 'limited-miss',
    fail: (proxy: FaultyProxy) => proxy.when({}, tooManyRequests(30)),
    reason: 'has had too many requests',
    refused: { status: 503, code: 'UNAVAILABLE' },
  },
  {
    what: '500',
    kept: 'broken',
    miss: 'broken-miss',
    fail: (proxy: FaultyProxy) => proxy.when({}, BROKEN),
    reason: 'is out of order',
    refused: { status: 502, code: 'UNKNOWN' },
  },
  {
    what: 'a refused connection',
    kept: 'gone',
    miss: 'gone-miss',
    fail: (proxy: FaultyProxy) => proxy.refuse(true),
    reason: 'is out of reach',
    refused: { status: 502, code: 'UNKNOWN' },
  },
];

for (const { what, kept, miss, fail, reason, refused } of FAILURES) {
  failureTest(`UP11 X1 ${what}: what is kept is answered at once, and says that it is stale`, async (lab) => {
    const subject = await keep(lab, kept);
    fail(lab.proxy);
    const answer = await subject.get(subject.tagPath);
    assertStale(answer, subject, reason);
    assert.ok(answer.ms < 1_000, `${answer.ms} ms`);
    for (const { digest } of [subject.image.config, subject.layer]) {
      const blob = await subject.get(subject.tagPath.replace('manifests/v1', `blobs/${digest}`));
      assert.deepEqual([blob.status, blob.headers.get('cache-status')], [200, 'ociregistry; hit']);
    }
  });

  failureTest(
    `E6 E9 ${what}: what is not here is ${refused.status} quickly, and no 404`,
    async ({ proxy, subjects }) => {
      proxy.reset();
      fail(proxy);
      const subject = subjects[miss]!;
      const answer = await subject.get(subject.tagPath);
      const message = assertRefused(answer, refused);
      assert.ok(message.startsWith(`${subject.host}: GET ${miss}:v1: `), message);
      assert.ok(answer.ms < QUICK_MS, `${answer.ms} ms`);
      if (refused.status === 503) assert.ok(Number(answer.headers.get('retry-after')) > 25);
      for (const path of [subject.digestPath, subject.layerPath]) {
        const { status, ms } = await subject.get(path);
        // By now it is known that it is not to be asked.
        assert.ok([502, 503].includes(status) && ms < QUICK_MS, `${status} after ${ms} ms`);
      }
    },
  );
}

failureTest('UP11 X1 an answer that is 20 s late: one asker waits 2 s, the others not at all', async (lab) => {
  const subject = await keep(lab, 'late');
  lab.proxy.when({}, { delayHeadersMs: LATE_MS });
  const first = subject.get(subject.tagPath);
  await eventually('it is looked up again', () => lab.proxy.lines.length > 0);
  const others = await Promise.all(Array.from({ length: 5 }, () => subject.get(subject.tagPath)));
  for (const { status, ms } of others) assert.ok(status === 200 && ms < 1_000, `${status} after ${ms} ms`);
  const answer = await first;
  assertStale(answer, subject, 'does not answer');
  assert.ok(answer.ms > 1_500 && answer.ms < 4_000, `${answer.ms} ms`);
  assert.deepEqual(lab.proxy.lines, [`HEAD ${subject.tagPath}`]);
});

failureTest('E9 UP24 an answer that is 20 s late: what is not here is 504 after 10 s', async ({ proxy, subjects }) => {
  proxy.reset();
  proxy.when({}, { delayHeadersMs: LATE_MS });
  const subject = subjects['late-miss']!;
  const answer = await subject.get(subject.tagPath);
  assertRefused(answer, { status: 504, code: 'UNKNOWN', message: /no answer within \d+ ms$/ });
  assert.ok(answer.ms > 9_000 && answer.ms < 12_000, `${answer.ms} ms`);
});

failureTest('UP7 E6 401 again and again is 403 DENIED, also for what is kept', async (lab) => {
  const subject = await keep(lab, 'refusal');
  lab.proxy.when({}, UNAUTHORIZED);
  for (let i = 0; i < 2; i++) {
    lab.proxy.lines.length = 0;
    assertRefused(await subject.get(subject.tagPath), { status: 403, code: 'DENIED', message: /^refusal\.example: / });
    assert.deepEqual(lab.proxy.lines, [`HEAD ${subject.tagPath}`]);
  }
  lab.proxy.reset();
  assert.equal((await subject.get(subject.tagPath)).status, 200);
});

failureTest('UP11 a tag that the upstream has no more is 404, and its image stays by digest', async (lab) => {
  const subject = await keep(lab, 'removed');
  lab.proxy.when({ path: subject.tagPath }, { answer: { status: 404 } });
  for (let i = 0; i < 2; i++) {
    assertRefused(await subject.get(subject.tagPath), { status: 404, code: 'MANIFEST_UNKNOWN' });
  }
  assert.equal(lab.proxy.lines.length, 1);
  assert.equal((await subject.get(subject.digestPath)).headers.get('cache-status'), 'ociregistry; hit');
});

failureTest('N9 a dead upstream is left alone, found out about by one request, and comes back', async (lab) => {
  const { proxy, cache, subjects } = lab;
  proxy.reset();
  const subject = subjects['breaker']!;
  proxy.refuse(true);
  assertRefused(await subject.get(subject.tagPath), { status: 502, code: 'UNKNOWN' });
  const failed = proxy.connections;
  const answer = await subject.get(subject.tagPath);
  assertRefused(answer, { status: 503, code: 'UNAVAILABLE', message: /failed several times/ });
  assert.ok(answer.ms < 100, `${answer.ms} ms`);
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 5, `${wait} s`);
  assert.equal(answer.headers.get('cache-status'), 'ociregistry; detail=unavailable');
  assert.equal(proxy.connections, failed);

  proxy.reset();
  proxy.when({ nth: 1 }, { delayHeadersMs: 500 });
  let probing = subject.get(subject.digestPath);
  await eventually('its time is over', async () => {
    if (proxy.lines.length > 0) return true;
    if ((await Promise.race([probing, Promise.resolve(undefined)])) !== undefined)
      probing = subject.get(subject.digestPath);
    return false;
  });
  const others = await Promise.all([subject.get(subject.tagPath), subject.get(subject.layerPath)]);
  assert.deepEqual(
    others.map(({ status }) => status),
    [503, 503],
  );
  assert.deepEqual(proxy.lines, [`GET ${subject.digestPath}`]);
  assert.equal((await probing).status, 200);
  for (const path of [subject.tagPath, subject.layerPath]) assert.equal((await subject.get(path)).status, 200);
  assert.equal(
    cache.told().filter(({ message }) => /^breaker\.example: .*(?:in a row|answers again)/.test(message)).length,
    2,
  );
});
