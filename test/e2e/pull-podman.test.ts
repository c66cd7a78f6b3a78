import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { preparePodman, type Podman } from '../support/clients/podman.ts';
import { mirroredRegistry } from '../support/clients/registries-conf.ts';
import { startMirror } from '../support/pull/mirror.ts';
import { coldWarmDead } from '../support/pull/cold-warm-dead.ts';
import { runnableIndex } from '../support/pull/runnable-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

// podman through the pull-through. It never says which host it means: the location of a mirror does, by its path.

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';

const podmanTest = clientTests(['root', 'podman', 'runc', 'gcc', ...DISTRIBUTION], async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  mirror.takeAsked();
  const registries = ['docker.io', 'quay.io'].map((host) => mirroredRegistry(host, `${mirror.server.host}/${host}`));
  const engine = stack.use(await preparePodman(registries.join('')));
  /** Into an empty store; runs what was pulled. */
  const pullAnew = async () => {
    await engine.podman('rmi', '--all', '--force');
    for (const [name, digest, greeting] of [
      [HUB, hub.manifest.digest, 'hello, hub'],
      [QUAY, quay.manifest.digest, 'hello, quay'],
    ] as const) {
      await engine.podman('pull', name);
      assert.ok((await repoDigests(engine, name)).includes(`${name.replace(/:[^:]+$/, '')}@${digest}`), name);
      assert.equal((await engine.podman('run', '--rm', '--network', 'none', name)).stdout.trim(), greeting);
    }
  };
  return { mirror, hub, quay, engine, pullAnew };
});

coldWarmDead(
  podmanTest,
  {
    cold: 'N4 N13 podman pulls from two hosts by the path in a mirror’s location, each object once',
    warm: 'podman pulls the same again, and no upstream is asked',
    dead: 'UP11 with both upstreams dead podman pulls and runs what was pulled',
  },
  { hub: HUB, quay: QUAY },
);

podmanTest('N8 with both upstreams dead podman leaves the mirror, and tells why', async (lab) => {
  await assert.rejects(lab.engine.podman('pull', 'quay.io/team/never:v1'), /50[234].*127\.0\.0\.1:1/s);
});

async function repoDigests({ podman }: Podman, name: string): Promise<string[]> {
  const { stdout } = await podman('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
  return JSON.parse(stdout) as string[];
}
