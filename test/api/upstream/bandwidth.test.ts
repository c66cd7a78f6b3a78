import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Bandwidth } from '../../../api/upstream/bandwidth.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { blobReply, FakeUpstream, manifestReply } from '../../support/upstream/fake-upstream.ts';
import { registryOver } from '../../support/upstream/registry-over.ts';
import { WakingClock } from '../../support/upstream/waking-clock.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const CHUNK = 10_000;
const forever = new AbortController().signal;

/** Takes chunks for as long as it may, and says when and how many. */
async function download(bandwidth: Bandwidth, chunks: number, done: () => void, signal = forever): Promise<void> {
  for (let i = 0; i < chunks; i++) {
    await bandwidth.take(CHUNK, signal);
    done();
  }
}

describe('a bandwidth', () => {
  test('is what passes in the long run, with a second of it at once in the beginning', async () => {
    const clock = new WakingClock();
    let passed = 0;
    const all = download(new Bandwidth(100_000, clock), 100, () => passed++);
    await clock.pass(0);
    assert.equal(passed, 10);
    await clock.pass(5000);
    assert.equal(passed, 60);
    await clock.pass();
    await all;
    assert.equal(clock.now(), 9000);
  });

  test('is shared evenly by all who take at the same time', async () => {
    const clock = new WakingClock();
    const bandwidth = new Bandwidth(100_000, clock);
    const passed = [0, 0, 0, 0];
    const all = Promise.all(passed.map((_, i) => download(bandwidth, 1000, () => passed[i]!++)));
    await clock.pass(20_000);
    assert.ok(Math.max(...passed) - Math.min(...passed) <= 1, String(passed));
    assert.equal(
      passed.reduce((sum, each) => sum + each),
      210,
    );
    await clock.pass();
    await all;
  });

  test('is not saved up for longer than a second', async () => {
    const clock = new WakingClock();
    const bandwidth = new Bandwidth(100_000, clock);
    const rest = clock.sleep(60_000, forever);
    await clock.pass();
    await rest;
    let passed = 0;
    const all = download(bandwidth, 20, () => passed++);
    await clock.pass(60_000);
    assert.equal(passed, 10);
    await clock.pass();
    await all;
  });

  test('lets a chunk pass that is larger than a second of it', async () => {
    const clock = new WakingClock();
    const taking = new Bandwidth(1000, clock).take(64_000, forever);
    await clock.pass();
    await taking;
    assert.equal(clock.now(), 63_000);
  });

  test('is not waited for by who leaves', async () => {
    const clock = new WakingClock();
    const leave = new AbortController();
    const all = download(new Bandwidth(1000, clock), 10, () => {}, leave.signal);
    await clock.pass(0);
    leave.abort(new Error('I left'));
    await assert.rejects(all, /^Error: I left$/);
  });
});

describe('an upstream with a bandwidth', () => {
  const bytes = randomBytes(1_000_000);
  const digest = digestOf(bytes);
  const { manifest } = tinyImage();

  async function upstream(): Promise<FakeUpstream> {
    const up = await FakeUpstream.start();
    return up.on(`GET /v2/a/blobs/${digest}`, blobReply(bytes)).on('GET /v2/a/manifests/v1', manifestReply(manifest));
  }

  test('gives the bodies of all its blobs within it, and manifests at once', async () => {
    const { registry, clock } = registryOver(await upstream(), { bandwidthBytesPerSecond: 100_000 });
    const started = clock.now();
    const [first, second] = await Promise.all(
      [1, 2].map(async () => readBody((await registry.openBlob(repo('a'), digest)).body)),
    );
    assert.deepEqual([first, second], [bytes, bytes]);
    assert.equal(Math.round((clock.now() - started) / 1000), 19);
    await registry.getManifest(repo('a'), ref('v1'));
    assert.equal(Math.round((clock.now() - started) / 1000), 19);
  });

  test('does not keep a reader who leaves', async () => {
    const clock = new WakingClock();
    const { registry } = registryOver(await upstream(), { bandwidthBytesPerSecond: 1, clock });
    const { body } = await registry.openBlob(repo('a'), digest);
    const pending = body.next();
    await new Promise((resolve) => setImmediate(resolve));
    await body.return();
    assert.deepEqual(await pending, { done: true, value: undefined });
  });

  test('of 0 has none', async () => {
    const { registry, clock } = registryOver(await upstream(), { bandwidthBytesPerSecond: 0 });
    assert.deepEqual(await readBody((await registry.openBlob(repo('a'), digest)).body), bytes);
    assert.deepEqual(clock.sleeps, []);
  });
});
