import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { verifySkopeoDir } from '../support/clients/stored.ts';
import { eachOnce, startMirror, UNAVAILABLE } from '../support/pull/mirror.ts';
import { amd64Of, runnableIndex } from '../support/pull/runnable-image.ts';
import { piecesOf } from '../support/tiny-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram } from './images.ts';

const APP = 'quay.io/team/app:v1';
const OTHER = 'quay.io/team/app:v2';

const skopeo = (...args: readonly string[]) => run(tool('skopeo'), ['--insecure-policy', ...args]);

const skopeoTest = clientTests([...DISTRIBUTION, 'skopeo', 'gcc'], async (stack) => {
  const mirror = await startMirror(stack);
  const program = await helloProgram();
  const [app, other] = [await runnableIndex(program, 'app'), await runnableIndex(program, 'other')];
  await mirror.push(APP, app);
  await mirror.push(OTHER, other);
  mirror.takeAsked();
  const source = (reference: string) => `docker://${mirror.server.host}/${reference}`;
  let copies = 0;
  /** Copies, and checks every byte against the digest that it must have. */
  const copy = async (reference: string, digest: string, ...flags: readonly string[]) => {
    const folder = join(mirror.folder, `skopeo-${String((copies += 1))}`);
    await skopeo('copy', '--quiet', '--src-tls-verify=false', ...flags, source(reference), `dir:${folder}`);
    await verifySkopeoDir(folder, digest);
  };
  const inspect = async (reference: string) => {
    const { stdout } = await skopeo('inspect', '--tls-verify=false', source(reference));
    return JSON.parse(stdout) as { Digest: string; RepoTags: string[] };
  };
  return { mirror, app, other, copy, inspect };
});

skopeoTest('N4 skopeo copies the image of its platform, each object fetched once, then none', async (lab) => {
  const { digest } = amd64Of(lab.app).manifest;
  await lab.copy(APP, digest);
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(APP, lab.app));
  await lab.copy(APP, digest);
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

skopeoTest('skopeo copies a whole index, each object fetched once, then none', async (lab) => {
  const { digest } = lab.other.manifest;
  await lab.copy(OTHER, digest, '--all');
  assert.deepEqual(lab.mirror.takeAsked(), eachOnce(OTHER, lab.other, lab.other.children.flatMap(piecesOf)));
  await lab.copy(OTHER, digest, '--all');
  assert.deepEqual(lab.mirror.takeAsked(), []);
});

skopeoTest('UP22 skopeo inspect shows the digest, and the tags that the upstream has', async (lab) => {
  await lab.mirror.push('quay.io/team/app:v3', lab.app);
  lab.mirror.takeAsked();
  assert.deepEqual(await lab.inspect(APP).then(digestAndTags), [lab.app.manifest.digest, ['v1', 'v2', 'v3']]);
  assert.deepEqual(lab.mirror.takeAsked(), ['quay.io GET /v2/team/app/tags/list?n=1000']);
});

skopeoTest('UP11 with the upstreams dead skopeo copies what was pulled, and shows the tags of that', async (lab) => {
  await lab.mirror.killUpstreams();
  await lab.copy(APP, amd64Of(lab.app).manifest.digest);
  await lab.copy(OTHER, lab.other.manifest.digest, '--all');
  assert.deepEqual(await lab.inspect(APP).then(digestAndTags), [lab.app.manifest.digest, ['v1', 'v2']]);
});

skopeoTest('E6 with the upstreams dead skopeo is told so of an image that nobody pulled', async (lab) => {
  await assert.rejects(lab.inspect('quay.io/team/app:v3'), UNAVAILABLE);
});

const digestAndTags = ({ Digest, RepoTags }: { Digest: string; RepoTags: string[] }) => [Digest, RepoTags];
