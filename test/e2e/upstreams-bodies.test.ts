import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { eventually } from '../support/clients/eventually.ts';
import { assertRefused } from '../support/pull/assert-pulled.ts';
import type { Cache, Got } from '../support/pull/cache.ts';
import { startFaultyUpstream, type Subject } from '../support/pull/faulty-upstream.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { BROKEN, LYING_DIGEST, type Fault } from '../support/upstream/faults.ts';
import type { FaultyProxy } from '../support/upstream/faulty-proxy.ts';

const LAYER_BYTES = 1_500_000;
const IDLE_MS = 1_000;

const NAMES = [
  'cut',
  'often-cut',
  'two',
  'stall',
  'trickle',
  'lie',
  'length',
  'short',
  'long',
  'gzip',
  'header',
] as const;

const bodyTest = clientTests([...DISTRIBUTION], (stack) =>
  startFaultyUpstream(stack, {
    names: NAMES,
    layerBytes: LAYER_BYTES,
    more: { timeouts: { idle: `${IDLE_MS}ms` }, tags: [{ match: '*', ttl: '0s' }] },
    withSecond: ['two'],
  }),
);

function assertLayer(answer: Got, { layer }: Subject): void {
  assert.equal(answer.status, 200, answer.body.toString().slice(0, 200));
  assert.ok(answer.isWhole && answer.body.equals(layer.bytes), `${answer.body.length} bytes`);
  assert.match(answer.headers.get('cache-status') ?? '', /; fwd=miss/);
}

const isKept = (cache: Cache, { image }: Subject): Promise<void> =>
  eventually('it is kept', async () => {
    const kept = await cache.kept();
    return (
      [image.manifest, ...image.layers].every(({ digest }) => kept.has(digest)) &&
      (await cache.unfinished()).length === 0
    );
  });

/** Asks for the manifest as clients do, which says how long the blob is. */
async function begin(proxy: FaultyProxy, subject: Subject): Promise<void> {
  proxy.reset();
  assert.equal((await subject.get(subject.tagPath)).status, 200);
  proxy.lines.length = 0;
  proxy.upstreamBytes = 0;
}

bodyTest('UP19 L11 a blob that is cut goes on in the same answers, and only its rest is fetched', async (lab) => {
  const { cache, proxy, subjects } = lab;
  const { cut } = subjects;
  await begin(proxy, cut);
  proxy.when({ path: cut.layerPath, nth: 1 }, { cutAfter: LAYER_BYTES / 2 });
  const [whole, part] = await Promise.all([cut.get(cut.layerPath), cut.get(cut.layerPath, 'bytes=-1000')]);
  assertLayer(whole, cut);
  assert.equal(part.status, 206);
  assert.deepEqual(part.body, cut.layer.bytes.subarray(-1000));
  assert.deepEqual(proxy.lines, [`GET ${cut.layerPath}`, `GET ${cut.layerPath}`]);
  assert.ok(proxy.upstreamBytes < LAYER_BYTES * 1.4, `${proxy.upstreamBytes} bytes`);
  await isKept(cache, cut);
});

bodyTest('UP19 a blob that is cut again and again comes in pieces', async ({ cache, proxy, subjects }) => {
  const subject = subjects['often-cut'];
  await begin(proxy, subject);
  proxy.when({ path: subject.layerPath, nth: (n) => n <= 2 }, { cutAfter: LAYER_BYTES / 4 });
  assertLayer(await subject.get(subject.layerPath), subject);
  assert.equal(proxy.lines.length, 3);
  await isKept(cache, subject);
});

bodyTest('UP19 a blob whose endpoint dies goes on at the next one', async ({ cache, proxy, second, subjects }) => {
  const { two } = subjects;
  await begin(proxy, two);
  proxy.when({ path: two.layerPath, nth: 1 }, { cutAfter: LAYER_BYTES / 2 }).when({}, BROKEN);
  second.reset();
  assertLayer(await two.get(two.layerPath), two);
  assert.deepEqual(second.lines, [`GET ${two.layerPath}`]);
  assert.ok(second.upstreamBytes < LAYER_BYTES * 0.9, `${second.upstreamBytes} bytes`);
  await isKept(cache, two);
});

bodyTest(
  'UP19 UP24 a blob that stalls is cut after the idle limit, and goes on',
  async ({ cache, proxy, subjects }) => {
    const { stall } = subjects;
    await begin(proxy, stall);
    proxy.when({ path: stall.layerPath, nth: 1 }, { stallAfter: LAYER_BYTES / 2 });
    const answer = await stall.get(stall.layerPath);
    assertLayer(answer, stall);
    assert.ok(answer.ms > IDLE_MS * 0.9 && answer.ms < IDLE_MS * 6, `${answer.ms} ms`);
    assert.equal(proxy.lines.length, 2);
    await isKept(cache, stall);
  },
);

bodyTest(
  'UP24 L12 a blob that trickles is no stall, and is passed on as it comes',
  async ({ cache, proxy, subjects }) => {
    const { trickle } = subjects;
    await begin(proxy, trickle);
    proxy.when({ path: trickle.layerPath }, { bytesPerSecond: LAYER_BYTES / 2.5 });
    const [whole, start] = await Promise.all([
      trickle.get(trickle.layerPath),
      trickle.get(trickle.layerPath, 'bytes=0-9'),
    ]);
    assertLayer(whole, trickle);
    assert.ok(whole.ms > 2_000, `${whole.ms} ms`);
    assert.equal(start.status, 206);
    assert.ok(start.ms < whole.ms / 2, `${start.ms} of ${whole.ms} ms`);
    assert.equal(proxy.lines.length, 1);
    await isKept(cache, trickle);
  },
);

bodyTest('UP17 L11 a blob that is another never arrives whole, is not kept, and is told of', async (lab) => {
  const { cache, proxy, subjects } = lab;
  const { lie } = subjects;
  await begin(proxy, lie);
  proxy.when({ path: lie.layerPath }, { flipByteAt: 1000 });
  const before = cache.told().length;
  const answers = await Promise.all([
    lie.get(lie.layerPath),
    lie.get(lie.layerPath),
    lie.get(lie.layerPath, 'bytes=-5'),
  ]);
  for (const [i, answer] of answers.entries()) {
    // Who has not had a byte yet can still be told.
    if (answer.isWhole) assertRefused(answer, { status: 502, code: 'UNKNOWN', message: /its content is sha256:/ });
    else assert.ok(answer.body.length < (i === 2 ? 5 : lie.layer.bytes.length), `${answer.body.length} bytes`);
  }
  await eventually('it is told of', () =>
    cache
      .told()
      .slice(before)
      .some(({ message }) => message.includes('its content is sha256:')),
  );
  assert.ok(!(await cache.kept()).has(lie.layer.digest));
  await eventually('nothing of it is left', async () => (await cache.unfinished()).length === 0);
  proxy.reset();
  assertLayer(await lie.get(lie.layerPath), lie);
  await isKept(cache, lie);
});

const UNUSABLE: readonly (readonly [string, (typeof NAMES)[number], Fault, RegExp])[] = [
  ['says a length that is too large', 'long', { lengthOffBy: 10 }, /1500\d+ bytes|expected|closed/],
  ['says a length that is too small', 'short', { lengthOffBy: -10 }, /expected|its content is/],
  ['is compressed', 'gzip', { gzip: true }, /Content-Encoding gzip$/],
];

for (const [behaviour, name, fault, message] of UNUSABLE) {
  bodyTest(`UP16 UP18 an answer that ${behaviour} is 502, and nothing of it is kept`, async (lab) => {
    const { cache, proxy, subjects } = lab;
    const subject = subjects[name];
    await begin(proxy, subject);
    proxy.when({}, fault);
    const answer = await subject.get(subject.layerPath);
    assertRefused(answer, { status: 502, code: 'UNKNOWN', message });
    assert.ok(!(await cache.kept()).has(subject.layer.digest));
    proxy.reset();
    assertLayer(await subject.get(subject.layerPath), subject);
  });
}

bodyTest('UP16 a manifest whose bytes or length are not right is 502, by tag and by digest', async (lab) => {
  const { cache, proxy, subjects } = lab;
  const { length } = subjects;
  for (const fault of [{ flipByteAt: 20 }, { lengthOffBy: -1 }, { gzip: true }]) {
    proxy.reset();
    proxy.when({}, fault);
    for (const path of [length.tagPath, length.digestPath]) {
      assertRefused(await length.get(path), { status: 502, code: 'UNKNOWN' });
    }
  }
  assert.ok(!(await cache.kept()).has(length.image.manifest.digest));
  proxy.reset();
  for (const path of [length.tagPath, length.digestPath]) assert.equal((await length.get(path)).status, 200);
});

bodyTest('UP16 a header that lies about a manifest by tag is 502; what was asked by digest is right', async (lab) => {
  const { proxy, subjects } = lab;
  const { header } = subjects;
  proxy.reset();
  proxy.when({}, LYING_DIGEST);
  assertRefused(await header.get(header.tagPath), { status: 502, code: 'UNKNOWN', message: /its content is/ });
  for (const path of [header.digestPath, header.layerPath]) {
    const answer = await header.get(path);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('docker-content-digest'), path.slice(path.lastIndexOf('/') + 1));
  }
});
