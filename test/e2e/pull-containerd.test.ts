import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { hostsToml } from '../support/clients/hosts-toml.ts';
import { pullByHosts, runByCtr, verifiedContent } from '../support/clients/pulled-by-containerd.ts';
import { eachOnce, startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { runnableIndex } from '../support/pull/runnable-image.ts';
import { piecesOf } from '../support/tiny-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

// containerd 1.6 through the pull-through: a hosts.toml for Docker Hub, and `_default` for every other host.

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';
const NEVER_PULLED = 'quay.io/team/never:v1';

const NEEDS = ['root', 'containerd', 'ctr', 'runc', 'gcc', ...DISTRIBUTION];

const containerdTest = clientTests(NEEDS, async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  await mirror.push(NEVER_PULLED, quay);
  mirror.takeAsked();
  const engine = stack.use(await startContainerd());
  await engine.configureHost('docker.io', hostsToml(mirror.server.url));
  const hosts = await engine.configureHost('_default', hostsToml(mirror.server.url));
  /** Into an empty store, whole. */
  const pullAnew = async () => {
    await engine.forget();
    assert.equal(await pullByHosts(engine, hosts, HUB), hub.manifest.digest);
    assert.equal(await pullByHosts(engine, hosts, QUAY), quay.manifest.digest);
    await verifiedContent(engine);
  };
  return { mirror, hub, quay, engine, hosts, pullAnew };
});

containerdTest('N3 N12 containerd pulls from two hosts through one mirror, each object fetched once', async (lab) => {
  await lab.pullAnew();
  const asked = lab.mirror.takeAsked();
  assert.deepEqual(asked, [...eachOnce(HUB, lab.hub), ...eachOnce(QUAY, lab.quay)]);
  assert.equal(await runByCtr(lab.engine, HUB), 'hello, hub');
  assert.equal(await runByCtr(lab.engine, QUAY), 'hello, quay');
});

containerdTest('another containerd pulls the same, and no upstream is asked', async (lab) => {
  await lab.pullAnew();
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

containerdTest('containerd pulls all platforms of what was pulled for one: only the other is fetched', async (lab) => {
  await lab.engine.forget();
  const all = ['--hosts-dir', lab.hosts, '--snapshotter', 'native', '--all-platforms'];
  await lab.engine.ctr('images', 'pull', ...all, QUAY);
  await verifiedContent(lab.engine);
  const known = new Set(eachOnce(QUAY, lab.quay));
  const other = eachOnce(QUAY, lab.quay, lab.quay.children.flatMap(piecesOf)).filter((line) => !known.has(line));
  assert.deepEqual(lab.mirror.takeAsked(), other);
});

containerdTest('UP11 with both upstreams dead everything pulled still pulls, and runs', async (lab) => {
  await lab.mirror.killUpstreams();
  await lab.pullAnew();
  assert.equal(await runByCtr(lab.engine, HUB), 'hello, hub');
  assert.equal(await runByCtr(lab.engine, QUAY), 'hello, quay');
});

containerdTest('E6 with both upstreams dead containerd tells that an image never pulled cannot be had', async (lab) => {
  await assert.rejects(pullByHosts(lab.engine, lab.hosts, NEVER_PULLED), UNAVAILABLE);
});
