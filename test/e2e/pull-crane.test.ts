import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run, runRefused } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { verifyLayout } from '../support/clients/stored.ts';
import { eachOnce, startMirror } from '../support/pull/mirror.ts';
import { runnableIndex } from '../support/pull/runnable-image.ts';
import { piecesOf } from '../support/tiny-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

const HUB = 'docker.io/library/hello:latest';
const QUAY = 'quay.io/team/app:v1';

const crane = (...args: readonly string[]) => run(tool('crane'), args);

const craneTest = clientTests([...DISTRIBUTION, 'crane', 'gcc'], async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [hub, quay] = [await runnableIndex(program, 'hub'), await runnableIndex(program, 'quay')];
  await mirror.push(HUB, hub);
  await mirror.push(QUAY, quay);
  mirror.takeAsked();
  let pulls = 0;
  /** Pulls an index with all that it reaches, and checks every byte. */
  const pull = async (name: string, digest: string) => {
    const layout = join(mirror.folder, `crane-${String((pulls += 1))}`);
    await crane('pull', '--format=oci', `${mirror.server.host}/${name}`, layout);
    await verifyLayout(layout, digest);
  };
  return { mirror, hub, quay, pull };
});

craneTest('N4 crane pulls a whole index by the host in its name, each object fetched once, then never', async (lab) => {
  const { digest } = lab.quay.manifest;
  await lab.pull(QUAY, digest);
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(QUAY, lab.quay, lab.quay.children.flatMap(piecesOf)));
  await lab.pull(QUAY, digest);
  assert.equal((await crane('digest', `${lab.mirror.server.host}/${QUAY}`)).stdout.trim(), digest);
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

craneTest('N4 UP2 crane pulls a short name from the default upstream, which is one with its full name', async (lab) => {
  const { digest } = lab.hub.manifest;
  await lab.pull('hello:latest', digest);
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(HUB, lab.hub, lab.hub.children.flatMap(piecesOf)));
  for (const name of ['hello:latest', 'library/hello:latest', HUB]) await lab.pull(name, digest);
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

craneTest('crane validate finds nothing wrong with an image that it has fetched', async (lab) => {
  for (const name of [QUAY, 'hello:latest']) {
    await crane('validate', '--remote', `${lab.mirror.server.host}/${name}`);
  }
});

craneTest('UP22 crane ls lists the tags of the upstream, pulled or not', async (lab) => {
  await lab.mirror.push('quay.io/team/app:v2', lab.hub);
  const { stdout } = await crane('ls', `${lab.mirror.server.host}/quay.io/team/app`);
  assert.deepEqual(stdout.trim().split('\n'), ['v1', 'v2']);
});

craneTest('UP11 with the upstreams dead crane pulls, validates and lists what was pulled', async (lab) => {
  const { host } = lab.mirror.server;
  await lab.mirror.killUpstreams();
  await lab.pull(QUAY, lab.quay.manifest.digest);
  await lab.pull('hello:latest', lab.hub.manifest.digest);
  await crane('validate', '--remote', `${host}/${QUAY}`);
  assert.equal((await crane('ls', `${host}/quay.io/team/app`)).stdout.trim(), 'v1');
  assert.equal((await crane('ls', `${host}/hello`)).stdout.trim(), 'latest');
});

craneTest('E6 with the upstreams dead crane is told so of an image that nobody pulled', async (lab) => {
  const { stderr } = await runRefused(tool('crane'), ['pull', `${lab.mirror.server.host}/quay.io/team/app:v2`, 'none']);
  assert.match(stderr, /^Error: .*(?:UNKNOWN|UNAVAILABLE): quay\.io: /m);
});
