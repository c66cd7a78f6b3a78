import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache } from '../support/pull/cache.ts';
import { pushImage } from '../support/pull/push-image.ts';
import { blobsOf, manifestsOf, tinyImage, tinyIndex, type TinyIndex } from '../support/tiny-image.ts';
import { DISTRIBUTION, startDistribution } from '../support/upstream/distribution.ts';
import { FaultyProxy } from '../support/upstream/faulty-proxy.ts';

const indexOf = (seed: string): TinyIndex =>
  tinyIndex([tinyImage({ seed }), tinyImage({ seed: `arm ${seed}`, architecture: 'arm64' })]);
const [hello, app] = [indexOf('hello'), indexOf('app')];

/** A registry, what counts in front of it, ours in front of that, and ours once more; and distribution's own cache before a third of
 *  ours. */
const chainTest = clientTests([...DISTRIBUTION], async (stack) => {
  const folder = stack.use(await tempFolder('upstreams-chains')).path;
  const registry = stack.use(await startDistribution({ folder, data: join(folder, 'data') }));
  await pushImage(registry.url, 'library/hello', 'v1', hello);
  await pushImage(registry.url, 'team/app', 'v1', app);
  const origin = stack.use(await FaultyProxy.start(registry.url));
  const theirs = stack.use(await startDistribution({ folder, data: join(folder, 'theirs'), proxyOf: origin.origin }));
  const hosts = [`docker.io=${origin.origin}`, `quay.io=${origin.origin}`];
  const near = stack.use(
    await startCache({ flags: [...hosts.flatMap((host) => ['--upstream', host]), '--default-upstream', 'docker.io'] }),
  );
  const far = stack.use(
    await startCache({
      flags: [
        ...['--upstream', `docker.io=${near.url}`, '--upstream', `quay.io=${near.url}/v2/quay.io`],
        ...['--default-upstream', 'docker.io'],
      ],
    }),
  );
  const third = stack.use(await startCache({ flags: ['--upstream', `quay.io=${theirs.url}`] }));
  return { origin, near, far, third };
});

/** What one pull of it asks for, each once. */
const eachOnce = (name: string, index: TinyIndex): string[] =>
  [
    ...manifestsOf(index).map(({ digest }, i) => `manifests/${i === 0 ? 'v1' : digest}`),
    ...blobsOf(index).map(({ digest }) => `blobs/${digest}`),
  ]
    .map((path) => `GET /v2/${name}/${path}`)
    .sort();

chainTest(
  'UP2 ours as an upstream of ours: cold, each object is asked for once at the end of the chain',
  async (lab) => {
    const { origin, far, near } = lab;
    origin.reset();
    await assertPulled(far, { name: 'hello' }, hello, /; fwd=miss/);
    assert.deepEqual(origin.lines.toSorted(), eachOnce('library/hello', hello));
    await Promise.all([untilKept(far, hello), untilKept(near, hello)]);
    assert.deepEqual(await far.unfinished(), []);
  },
);

chainTest('ours as an upstream of ours: warm, nothing is asked, by any name', async ({ origin, far, near }) => {
  origin.reset();
  for (const name of ['hello', 'library/hello', 'docker.io/hello', 'docker.io/library/hello']) {
    await assertPulled(far, { name }, hello, /; hit/);
    await assertPulled(near, { name }, hello, /; hit/);
  }
  await assertPulled(far, { name: 'hello', ns: 'docker.io' }, hello, /; hit/);
  assert.deepEqual(origin.lines, []);
});

chainTest('N4 ours as an upstream of ours by a URL with a path that says the host', async ({ origin, far, near }) => {
  origin.reset();
  await assertPulled(far, { name: 'team/app', ns: 'quay.io' }, app, /; fwd=miss/);
  assert.deepEqual(origin.lines.toSorted(), eachOnce('team/app', app));
  await untilKept(near, app);
  await assertPulled(near, { name: 'quay.io/team/app' }, app, /; hit/);
  await assertPulled(far, { name: 'quay.io/team/app' }, app, /; hit/);
  assert.equal(origin.lines.length, eachOnce('team/app', app).length);
});

chainTest('E1 what is not there is 404 through the chain, asked for once', async ({ origin, far }) => {
  origin.reset();
  for (let i = 0; i < 2; i++) {
    const answer = await far.ask('/v2/team/app/manifests/none?ns=quay.io');
    assertRefused(answer, { status: 404, code: 'MANIFEST_UNKNOWN' });
  }
  assert.deepEqual(origin.lines, ['GET /v2/team/app/manifests/none']);
});

chainTest("distribution's proxy mode as an upstream of ours, cold and warm", async ({ origin, third }) => {
  await assertPulled(third, { name: 'team/app', ns: 'quay.io' }, app, /; fwd=miss/);
  await untilKept(third, app);
  origin.reset();
  await assertPulled(third, { name: 'team/app', ns: 'quay.io' }, app, /; hit/);
  assert.deepEqual(origin.lines, []);
});

chainTest('UP22 tags are listed through the chain', async ({ far }) => {
  const { body } = await far.ask('/v2/quay.io/team/app/tags/list');
  assert.deepEqual(JSON.parse(body.toString()), { name: 'quay.io/team/app', tags: ['v1'] });
});

chainTest('UP11 with the end of the chain gone, what came through it is served', async ({ origin, far }) => {
  origin.refuse(true);
  await assertPulled(far, { name: 'hello' }, hello, /; hit/);
  await assertPulled(far, { name: 'quay.io/team/app' }, app, /; hit/);
});
