import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd2 } from '../support/clients/containerd.ts';
import { hostsToml } from '../support/clients/hosts-toml.ts';
import { pullByHosts, runByCtr, verifiedContent } from '../support/clients/pulled-by-containerd.ts';
import { eachOnce, startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { amd64Of, runnableIndex } from '../support/pull/runnable-image.ts';
import type { Piece, TinyIndex } from '../support/tiny-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

// containerd 2 through the pull-through. It fetches a large layer as several ranges at the same time.

const HUB = 'docker.io/library/hello:latest';
const LARGE = 'quay.io/team/large:v1';
const LARGE_BYTES = 40 * 1024 ** 2;
/** So that the layer is still on its way when the ranges are asked for. */
const UPSTREAM_BYTES_PER_SECOND = 20 * 1024 ** 2;
const NEVER_PULLED = 'quay.io/team/never:v1';

const NEEDS = ['root', 'containerd-2', 'ctr-2', 'containerd-shim-2', 'runc', 'gcc', ...DISTRIBUTION];

const containerd2Test = clientTests(NEEDS, async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const hub = await runnableIndex(program, 'hub');
  const large = await runnableIndex(program, 'large', randomBytes(LARGE_BYTES));
  await mirror.push(HUB, hub);
  await mirror.push(LARGE, large);
  await mirror.push(NEVER_PULLED, hub);
  mirror.takeAsked();
  const engine = stack.use(await startContainerd2());
  await engine.configureHost('docker.io', hostsToml(mirror.server.url));
  const hosts = await engine.configureHost('_default', hostsToml(mirror.server.url));
  const layer = amd64Of(large).layers[1]!.digest;
  /** Of the large layer, answered to clients so far. */
  const answers = () => mirror.server.requests().filter(({ path }) => path.endsWith(layer));
  return { mirror, hub, large, engine, hosts, layer, answers };
});

containerd2Test('containerd 2 pulls from Docker Hub through the mirror, each object fetched once', async (lab) => {
  assert.equal(await pullByHosts(lab.engine, lab.hosts, HUB), lab.hub.manifest.digest);
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(HUB, lab.hub, pulledParts(lab.hub)));
  assert.equal(await runByCtr(lab.engine, HUB), 'hello, hub');
});

containerd2Test('UP21 ranges of a layer that is on its way are 206, and it is fetched once', async (lab) => {
  lab.mirror.upstreams['quay.io'].proxy.limitConnections(UPSTREAM_BYTES_PER_SECOND);
  assert.equal(await pullByHosts(lab.engine, lab.hosts, LARGE), lab.large.manifest.digest);
  assert.ok((await verifiedContent(lab.engine)).includes(lab.layer));
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(LARGE, lab.large, pulledParts(lab.large)));
  const statuses = lab.answers().map(({ status }) => status);
  assert.ok(statuses.filter((status) => status === 206).length > 1, statuses.join(' '));
  assert.deepEqual(
    [...new Set(statuses)].filter((status) => status !== 206 && status !== 200),
    [],
  );
  assert.equal(await runByCtr(lab.engine, LARGE), 'hello, large');
});

containerd2Test('containerd 2 pulls it again into an empty store, and no upstream is asked', async (lab) => {
  await lab.engine.forget();
  await pullByHosts(lab.engine, lab.hosts, HUB);
  await pullByHosts(lab.engine, lab.hosts, LARGE);
  await verifiedContent(lab.engine);
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

containerd2Test('UP11 with both upstreams dead everything pulled still pulls, and runs', async (lab) => {
  await lab.mirror.killUpstreams();
  await lab.engine.forget();
  assert.equal(await pullByHosts(lab.engine, lab.hosts, HUB), lab.hub.manifest.digest);
  assert.equal(await pullByHosts(lab.engine, lab.hosts, LARGE), lab.large.manifest.digest);
  await verifiedContent(lab.engine);
  assert.equal(await runByCtr(lab.engine, LARGE), 'hello, large');
});

containerd2Test('E6 with both upstreams dead containerd 2 tells that an image cannot be had', async (lab) => {
  await assert.rejects(pullByHosts(lab.engine, lab.hosts, NEVER_PULLED), UNAVAILABLE);
});

/** It takes the manifests and configs of every platform, and the layers of its own. */
function pulledParts(index: TinyIndex): Piece[] {
  return [...index.children.flatMap(({ manifest, config }) => [manifest, config]), ...amd64Of(index).layers];
}
