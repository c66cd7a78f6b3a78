import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { connectCri } from '../support/clients/cri.ts';
import { serve } from '../support/clients/served.ts';
import { GREETING, imagesFolder, linkTree, requirementsOf } from './images.ts';

const SETS = ['layouts', 'dirs', 'saved', 'pause'] as const;

const criTest = clientTests(['root', 'containerd', 'ctr', 'runc', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  await linkTree(join(path, 'layout', 'hello'), join(path, 'upstream.test', 'team', 'hello'));
  const server = stack.use(await serve(path, '--sample'));
  const engine = stack.use(await startContainerd(`${server.host}/pause/pause:1`));
  await engine.configureHost(
    'upstream.test',
    `server = "${server.url}"
[host."${server.url}"]
  capabilities = ["pull", "resolve"]
  [host."${server.url}".header]
    x-registry = ["upstream.test"]
`,
  );
  const cri = stack.use(connectCri(engine.socket));
  const pulledDigests = async (id: string) =>
    (await cri.images()).filter((image) => image.id === id).flatMap((image) => image.repo_digests);
  return {
    server,
    images,
    cri,
    pulledDigests,
    digestOf: (name: string) => images.find((i) => i.reference === name)?.digest,
  };
});

criTest('a kubelet pulls through hosts.toml, and its pod runs', async (lab) => {
  const name = 'upstream.test/team/hello:latest';
  const id = await lab.cri.pull(name);
  assert.ok(
    (await lab.pulledDigests(id)).includes(`upstream.test/team/hello@${lab.digestOf('layout/hello:latest') ?? ''}`),
  );
  assert.ok(lab.server.requests().some(({ path }) => path === '/v2/team/hello/manifests/latest'));
  const { exitCode, log } = await lab.cri.runPod(name);
  assert.equal(exitCode, 0);
  assert.match(log, new RegExp(GREETING));
});

criTest('a kubelet pulls by the name of the registry and by digest', async (lab) => {
  for (const reference of ['dir/hello:list', 'dir/hello:v2s2', 'umoci/hello:amd64']) {
    const repository = `${lab.server.host}/${reference.slice(0, reference.lastIndexOf(':'))}`;
    const digest = lab.digestOf(reference) ?? '';
    const byTag = await lab.cri.pull(`${lab.server.host}/${reference}`);
    const byDigest = await lab.cri.pull(`${repository}@${digest}`);
    assert.equal(byTag, byDigest);
    assert.ok((await lab.pulledDigests(byTag)).includes(`${repository}@${digest}`), reference);
  }
});

criTest('a pod of an image that docker saved, and one of the sample, run', async (lab) => {
  const saved = `${lab.server.host}/saved/hello:docker`;
  await lab.cri.pull(saved);
  assert.match((await lab.cri.runPod(saved)).log, new RegExp(GREETING));
  const sample = `${lab.server.host}/sample/hello:latest`;
  await lab.cri.pull(sample);
  const { exitCode, log } = await lab.cri.runPod(sample);
  assert.equal(exitCode, 0);
  assert.match(log, /Hello from ociregistry!/);
});

criTest('a kubelet is told that an image is not there', async (lab) => {
  await assert.rejects(lab.cri.pull('upstream.test/team/hello:none'), /not found/);
});
