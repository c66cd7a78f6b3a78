import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { connectCri } from '../support/clients/cri.ts';
import { hostsToml } from '../support/clients/hosts-toml.ts';
import { verifiedContent } from '../support/clients/pulled-by-containerd.ts';
import { startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { coldWarmDead } from '../support/pull/cold-warm-dead.ts';
import { amd64Of, runnableIndex } from '../support/pull/runnable-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram, imagesFolder, linkTree, requirementsOf } from './images.ts';

// A kubelet through the pull-through: containerd's CRI service, with a hosts.toml for each host.

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';

const NEEDS = ['root', 'containerd', 'ctr', 'runc', ...DISTRIBUTION, ...requirementsOf('pause')];

const criTest = clientTests(NEEDS, async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  mirror.takeAsked();
  // What a pod is built around is in the folder of the mirror: put there by hand it is served as well.
  await linkTree((await imagesFolder(stack, 'pause')).path, mirror.images);
  /** A node that has nothing yet. */
  const startNode = async () => {
    const node = new AsyncDisposableStack();
    const engine = node.use(await startContainerd(`${mirror.server.host}/pause/pause:1`));
    for (const host of ['docker.io', 'quay.io']) await engine.configureHost(host, hostsToml(mirror.server.url));
    const cri = node.use(connectCri(engine.socket));
    return { engine, cri, [Symbol.asyncDispose]: () => node.disposeAsync() };
  };
  /** Pulls both images on a new node, whole, and runs one in a pod. */
  const pullAnew = async () => {
    await using node = await startNode();
    assert.equal(await node.cri.pull(HUB), amd64Of(hub).config.digest);
    const id = await node.cri.pull(QUAY);
    const [image] = (await node.cri.images()).filter((each) => each.id === id);
    assert.deepEqual(image?.repo_digests, [`quay.io/team/app@${quay.manifest.digest}`]);
    await verifiedContent(node.engine);
    const { exitCode, log } = await node.cri.runPod(QUAY);
    assert.equal(exitCode, 0);
    assert.match(log, /hello, quay/);
  };
  return { mirror, hub, quay, startNode, pullAnew };
});

coldWarmDead(
  criTest,
  {
    cold: 'N3 a kubelet pulls from two hosts through one mirror, each object fetched once; its pod runs',
    warm: 'the kubelet of another node pulls the same, and no upstream is asked',
    dead: 'UP11 with both upstreams dead a new node pulls and runs what another had',
  },
  { hub: HUB, quay: QUAY },
);

criTest('E6 with both upstreams dead a kubelet is told that an image never pulled cannot be had', async (lab) => {
  await using node = await lab.startNode();
  await assert.rejects(node.cri.pull('quay.io/team/never:v1'), UNAVAILABLE);
});
