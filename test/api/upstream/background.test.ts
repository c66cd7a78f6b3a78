import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeUpstream, manifestReply, type Reply } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { ref, repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest } = tinyImage();

async function upstreamWith(...replies: readonly Reply[]): Promise<{ up: FakeUpstream; under: UnderTest }> {
  const up = await FakeUpstream.start();
  up.on('GET /v2/a/manifests/v1', ...replies);
  return { up, under: registryOver(up) };
}

const get = ({ registry }: UnderTest, patience = {}): Promise<unknown> =>
  registry.getManifest(repo('a'), ref('v1'), patience);
const later = (under: UnderTest): Promise<unknown> => get(under, { background: true });
const left = (remaining: number, more = {}): Reply =>
  manifestReply(manifest, { 'ratelimit-limit': '100;w=3600', 'ratelimit-remaining': `${remaining};w=3600`, ...more });

describe('UP14 what is done in the background', () => {
  test('is done as anything else while nothing is said of a limit, and above the reserve', async () => {
    const { under } = await upstreamWith(manifestReply(manifest), left(11));
    for (let i = 0; i < 3; i++) await later(under);
  });

  test('is refused, at once, when a tenth is left, which others may have', async () => {
    const { up, under } = await upstreamWith(left(10));
    await get(under);
    const err = await fails(later(under), 'rate-limited');
    assert.equal(err.message, `up.example: GET a:v1: ${up.origin} has only 10 requests left, which are for others`);
    assert.equal(err.retryAfterMs, 3_600_000);
    await get(under);
    assert.deepEqual([up.asked.length, under.clock.sleeps], [2, []]);
  });

  test('is refused when one is left of an unknown number, for a minute', async () => {
    const { under } = await upstreamWith(manifestReply(manifest, { 'ratelimit-remaining': '1' }));
    await get(under);
    await fails(later(under), 'rate-limited');
    under.clock.advance(60_000);
    await later(under);
  });

  test('is done again when the window is over, or more is left', async () => {
    const { under } = await upstreamWith(left(5), left(50), left(5));
    await get(under);
    await fails(later(under), 'rate-limited');
    await get(under);
    await later(under);
    await fails(later(under), 'rate-limited');
    under.clock.advance(3_600_000);
    await later(under);
  });

  test('does not wait for the end of a pause, and is not asked again after 429', async () => {
    const { up, under } = await upstreamWith(
      { status: 429, headers: { 'retry-after': '30' } },
      manifestReply(manifest),
    );
    await fails(later(under), 'rate-limited');
    const err = await fails(later(under), 'rate-limited', /wants none for 30 s more$/);
    assert.equal(err.retryAfterMs, 30_000);
    assert.deepEqual([up.asked.length, under.clock.sleeps], [1, []]);
    await get(under);
    assert.deepEqual(under.clock.sleeps, [30_000]);
  });

  test('is done at the next endpoint', async () => {
    const { up: first } = await upstreamWith(left(1));
    const { up: second } = await upstreamWith(left(90));
    const under = registryOver([first, second]);
    await later(under);
    await later(under);
    assert.deepEqual([first.asked.length, second.asked.length], [1, 1]);
  });
});

describe('UP14 when nothing is left', () => {
  test('all wait until there is more', async () => {
    const { under } = await upstreamWith(
      manifestReply(manifest, { ratelimit: '"default";r=0;t=20', 'ratelimit-policy': '"default";q=50;w=60' }),
      manifestReply(manifest),
    );
    await get(under);
    assert.deepEqual(under.registry.rateLimit, { limit: 50, remaining: 0, windowSeconds: 60, resetSeconds: 20 });
    await get(under);
    assert.deepEqual(under.clock.sleeps, [20_000]);
  });

  test('nobody waits for more than a minute, or who does not say for how long', async () => {
    const { under } = await upstreamWith(
      manifestReply(manifest, { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' }),
      left(0),
    );
    for (let i = 0; i < 3; i++) await get(under);
    assert.deepEqual(under.clock.sleeps, [60_000]);
  });
});
