import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startDockerd, type Dockerd } from '../support/clients/dockerd.ts';
import { startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { coldWarmDead } from '../support/pull/cold-warm-dead.ts';
import { runnableIndex } from '../support/pull/runnable-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

// Docker through the pull-through: Docker Hub by `registry-mirrors`, another host by its name in the path.

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';

const dockerTest = clientTests(['root', 'dockerd', 'docker', 'gcc', ...DISTRIBUTION], async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  mirror.takeAsked();
  const engine = stack.use(await startDockerd(`--registry-mirror=${mirror.server.url}`));
  const inPath = `${mirror.server.host}/${QUAY}`;
  /** Into an empty store; runs what was pulled. */
  const pullAnew = async () => {
    await engine.docker('image', 'prune', '--all', '--force');
    await engine.docker('pull', 'hello');
    await engine.docker('pull', inPath);
    assert.deepEqual(await repoDigests(engine, 'hello'), [`hello@${hub.manifest.digest}`]);
    assert.deepEqual(await repoDigests(engine, inPath), [`${inPath.replace(/:v1$/, '')}@${quay.manifest.digest}`]);
    assert.equal(await runImage(engine, 'hello'), 'hello, hub');
    assert.equal(await runImage(engine, inPath), 'hello, quay');
  };
  return { mirror, hub, quay, engine, pullAnew };
});

coldWarmDead(
  dockerTest,
  {
    cold: 'N4 N13 docker pulls library/ names by its mirror, and another host in the path, each object once',
    warm: 'docker pulls the same again, and no upstream is asked',
    dead: 'UP11 with both upstreams dead docker pulls and runs what was pulled',
  },
  { hub: HUB, quay: QUAY },
);

dockerTest('N8 with both upstreams dead docker leaves the mirror for Docker Hub itself', async (lab) => {
  // Where its requests end at a closed port.
  await assert.rejects(lab.engine.docker('pull', 'never'), /registry-1\.docker\.io.*proxyconnect/);
  const asked = lab.mirror.server.requests().filter(({ path }) => path === '/v2/library/never/manifests/latest');
  assert.ok(asked.length > 0);
  assert.deepEqual(
    [...new Set(asked.map(({ status }) => status))].filter((status) => ![502, 503, 504].includes(status)),
    [],
  );
});

dockerTest('E6 with both upstreams dead docker tells that an image in the path cannot be had', async (lab) => {
  await assert.rejects(lab.engine.docker('pull', `${lab.mirror.server.host}/quay.io/team/never:v1`), UNAVAILABLE);
});

async function repoDigests({ docker }: Dockerd, name: string): Promise<string[]> {
  const { stdout } = await docker('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
  return JSON.parse(stdout) as string[];
}

async function runImage({ docker }: Dockerd, name: string): Promise<string> {
  return (await docker('run', '--rm', '--network', 'none', name)).stdout.trim();
}
