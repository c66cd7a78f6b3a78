import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { hostsToml } from '../support/clients/hosts-toml.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { pullByHosts, runByCtr } from '../support/clients/pulled-by-containerd.ts';
import { mirroredRegistry } from '../support/clients/registries-conf.ts';
import { serve } from '../support/clients/served.ts';
import { eachOnce, startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { amd64Of, runnableIndex } from '../support/pull/runnable-image.ts';
import { DISTRIBUTION, startDistribution } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

// One command makes a mirror of two hosts; three engines pull through it; the upstreams die, and nothing is lost.

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';
const NEVER_PULLED = 'quay.io/team/never:v1';
/** What a request may wait for an upstream at most. */
const PATIENCE_MS = 10_000;

/** An engine, as its user has it. */
interface Engine {
  /** Removes every image. */
  readonly forget: () => Promise<unknown>;
  /** Pulls and runs: what the program printed. */
  readonly run: (reference: string) => Promise<string>;
}

const NEEDS = ['root', 'containerd', 'ctr', 'runc', 'dockerd', 'docker', 'podman', 'gcc', ...DISTRIBUTION];

const storyTest = clientTests(NEEDS, async (stack) => {
  const mirror = await startMirror(stack);
  const { host, url } = mirror.server;
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  const never = await runnableIndex(program, 'never');
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  await mirror.push(NEVER_PULLED, never);
  mirror.takeAsked();

  const [containerd, dockerd] = [
    stack.use(await startContainerd()),
    stack.use(await startDockerd(`--registry-mirror=${url}`)),
  ];
  const registries = ['docker.io', 'quay.io'].map((each) => mirroredRegistry(each, `${host}/${each}`));
  const podman = stack.use(await preparePodman(registries.join('')));
  const hosts = await containerd.configureHost('_default', hostsToml(url));
  const flags = ['run', '--rm', '--network', 'none'];
  const engines: Readonly<Record<string, Engine>> = {
    containerd: {
      forget: () => containerd.forget(),
      run: async (reference) => {
        await pullByHosts(containerd, hosts, reference);
        return runByCtr(containerd, reference);
      },
    },
    docker: {
      forget: () => dockerd.docker('image', 'prune', '--all', '--force'),
      // It has mirrors for Docker Hub alone.
      run: async (reference) => {
        const name = reference.startsWith('docker.io/') ? reference : `${host}/${reference}`;
        return (await dockerd.docker(...flags, name)).stdout.trim();
      },
    },
    podman: {
      forget: () => podman.podman('rmi', '--all', '--force'),
      run: async (reference) => (await podman.podman(...flags, reference)).stdout.trim(),
    },
  };
  /** At the same address. */
  const restart = async () => {
    await mirror.server.stop();
    stack.use(await serve(mirror.images, ...mirror.flags, '--port', String(mirror.server.port)));
  };
  return { mirror, hub, quay, never, containerd, engines, restart };
});

/** All engines at the same time, each into an empty store. */
async function runEverywhere(engines: Readonly<Record<string, Engine>>): Promise<void> {
  const ran = Object.entries(engines).map(async ([name, { forget, run }]) => {
    await forget();
    assert.deepEqual([await run(HUB), await run(QUAY)], ['hello, hub', 'hello, quay'], name);
  });
  await Promise.all(ran);
}

storyTest('containerd, docker and podman pull through one mirror at once: each object is fetched once', async (lab) => {
  await runEverywhere(lab.engines);
  assert.deepEqual(lab.mirror.takeAsked(), [...eachOnce(HUB, lab.hub), ...eachOnce(QUAY, lab.quay)]);
});

storyTest('UP11 with the upstreams dead everything pulled still pulls and runs', async (lab) => {
  await lab.mirror.killUpstreams();
  await runEverywhere(lab.engines);
});

storyTest('UP11 it does so too after the mirror was started anew, which needs no upstream', async (lab) => {
  await lab.restart();
  await runEverywhere(lab.engines);
});

storyTest('E6 N9 an image that was never pulled is refused soon, in the envelope', async ({ mirror, never }) => {
  for (const path of ['manifests/v1', `manifests/${never.manifest.digest}`, `blobs/${amd64Of(never).config.digest}`]) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`${mirror.server.url}/v2/team/never/${path}?ns=quay.io`, { signal });
    assert.ok([502, 503, 504].includes(answer.status), `${path}: ${String(answer.status)}`);
    assert.equal(answer.headers.get('oci-namespace'), 'quay.io');
    const { errors } = (await answer.json()) as { errors: readonly { code: string; message: string }[] };
    assert.match(errors[0]?.code ?? '', /^(?:UNKNOWN|UNAVAILABLE)$/);
    assert.match(errors[0]?.message ?? '', /quay\.io/);
  }
});

storyTest('N8 of an image that was never pulled containerd and podman ask the next registry', async (lab) => {
  const { mirror, containerd } = lab;
  const { data } = mirror.upstreams['quay.io'];
  // quay.io itself, which these clients still reach.
  await using origin = await startDistribution({ folder: mirror.folder, data });
  const hosts = await containerd.configureHost('quay.io', hostsToml(mirror.server.url, origin.url));
  assert.equal(await pullByHosts(containerd, hosts, NEVER_PULLED), lab.never.manifest.digest);
  assert.equal(await runByCtr(containerd, NEVER_PULLED), 'hello, never');
  const location = `${mirror.server.host}/quay.io`;
  await using podman = await preparePodman(mirroredRegistry('quay.io', location, origin.host));
  const { stdout } = await podman.podman('run', '--rm', '--network', 'none', NEVER_PULLED);
  assert.equal(stdout.trim(), 'hello, never');
});

storyTest('N8 docker, which has one host for a name in the path, tells why it cannot be had', async (lab) => {
  await assert.rejects(lab.engines['docker']!.run(NEVER_PULLED), UNAVAILABLE);
});
