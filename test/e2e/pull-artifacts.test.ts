import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { readJson, sha256OfFile } from '../support/clients/stored.ts';
import { startMirror, UNAVAILABLE, type Mirror } from '../support/pull/mirror.ts';
import { runnableIndex } from '../support/pull/runnable-image.ts';
import { DISTRIBUTION } from '../support/upstream/distribution.ts';
import { helloProgram, imagesFolder, requirementsOf } from './images.ts';

// What is no image, through the pull-through: a chart for helm, and the signatures that cosign looks for. Both name the host
// in the path.

const CHART = 'charts/hello';
const SIGNED = 'quay.io/team/signed:v1';
const UNSIGNED = 'quay.io/team/unsigned:v1';
/** Is pulled without anybody asking for a signature. */
const LATER = 'quay.io/team/later:v1';
const OFFLINE = ['--allow-http-registry', '--insecure-ignore-tlog=true'];

const NEEDS = [...DISTRIBUTION, 'crane', 'cosign', 'gcc', ...requirementsOf('charts')];

const artifactTest = clientTests(NEEDS, async (stack) => {
  const mirror = await startMirror(stack);
  const lab = { mirror, helm: await prepareHelm(stack, mirror), cosign: await prepareCosign(mirror) };
  mirror.takeAsked();
  return lab;
});

/** With a chart at quay.io. */
async function prepareHelm(stack: AsyncDisposableStack, { folder, server, upstreams }: Mirror) {
  const { path, images } = await imagesFolder(stack, 'charts');
  const layout = join(path, CHART);
  await run(tool('crane'), ['push', layout, `${upstreams['quay.io'].registry.host}/${CHART}:0.1.0`]);
  const digest = images[0]!.digest!;
  const { config, layers } = await readJson<{ config: { digest: string }; layers: { digest: string }[] }>(
    join(layout, 'blobs', ...digest.split(':')),
  );
  const objects = [...[config, ...layers].map((blob) => `blobs/${blob.digest}`).sort(), 'manifests/0.1.0'];
  const env = { HELM_CONFIG_HOME: folder, HELM_CACHE_HOME: folder, HELM_DATA_HOME: folder };
  let pulls = 0;
  /** Gives the digest of the chart that it wrote. */
  const pull = async () => {
    const destination = join(folder, `helm-${String((pulls += 1))}`);
    await mkdir(destination);
    const chart = `oci://${server.host}/quay.io/${CHART}`;
    const args = ['pull', chart, '--version', '0.1.0', '--plain-http', '--destination', destination];
    const { stdout, stderr } = await run(tool('helm'), args, { env });
    assert.ok(`${stdout}${stderr}`.includes(digest), 'helm names the digest of the manifest');
    return sha256OfFile(join(destination, 'hello-0.1.0.tgz'));
  };
  const asks = objects.map((object) => `quay.io GET /v2/${CHART}/${object}`);
  return { pull, asks, chart: layers[0]!.digest };
}

/** With an image at quay.io that it has signed, and others that nobody has. */
async function prepareCosign({ folder, server, upstreams, push }: Mirror) {
  const program = await helloProgram();
  const [signed, unsigned] = [await runnableIndex(program, 'signed'), await runnableIndex(program, 'unsigned')];
  await push(SIGNED, signed);
  for (const reference of [UNSIGNED, LATER] as const) await push(reference, unsigned);
  const options = { cwd: folder, env: { COSIGN_PASSWORD: '', HOME: folder } };
  await run(tool('cosign'), ['generate-key-pair'], options);
  const flags = ['--key', 'cosign.key', '--tlog-upload=false', '--allow-http-registry', '--yes'];
  const { digest } = signed.manifest;
  const image = `${upstreams['quay.io'].registry.host}/team/signed@${digest}`;
  await run(tool('cosign'), ['sign', ...flags, image], options);
  /** Gives the digest of the manifest that the signature is for. */
  const verify = async (reference: string) => {
    const args = ['verify', '--key', 'cosign.pub', ...OFFLINE, `${server.host}/${reference}`];
    const { stdout } = await run(tool('cosign'), args, options);
    const [claim] = JSON.parse(stdout) as { critical: { image: Record<string, string> } }[];
    return claim?.critical.image['docker-manifest-digest'];
  };
  return { digest, verify };
}

artifactTest('N4 helm pulls a chart, each object fetched once, then none', async ({ mirror, helm }) => {
  assert.equal(await helm.pull(), helm.chart);
  assert.deepEqual(mirror.takeAsked(), helm.asks);
  assert.equal(await helm.pull(), helm.chart);
  assert.deepEqual(mirror.takeAsked(), []);
});

artifactTest('cosign verifies by the tag of the signature, each object fetched once', async ({ mirror, cosign }) => {
  assert.equal(await cosign.verify(SIGNED), cosign.digest);
  const asked = objectsOf(mirror.takeAsked()).map((line) => line.replace('quay.io GET /v2/team/signed/', ''));
  const [payload, ...manifests] = asked;
  assert.match(payload ?? '', /^blobs\//);
  assert.deepEqual(manifests, [`manifests/${cosign.digest.replace(':', '-')}.sig`, 'manifests/v1']);
  assert.equal(await cosign.verify(SIGNED), cosign.digest);
  assert.deepEqual(objectsOf(mirror.takeAsked()), []);
});

artifactTest('cosign is told by the upstream that an image has no signature', async ({ cosign }) => {
  await assert.rejects(cosign.verify(UNSIGNED), /no signatures found/);
});

artifactTest('UP11 with the upstreams dead the chart still pulls, and the signature is verified', async (lab) => {
  const { mirror, helm, cosign } = lab;
  await run(tool('crane'), ['digest', `${mirror.server.host}/${LATER}`]);
  await mirror.killUpstreams();
  assert.equal(await helm.pull(), helm.chart);
  assert.equal(await cosign.verify(SIGNED), cosign.digest);
});

artifactTest('E6 with the upstreams dead cosign takes no image for unsigned that nobody looked up', async (lab) => {
  await assert.rejects(lab.cosign.verify(LATER), (err: Error) => {
    assert.match(err.message, UNAVAILABLE);
    assert.doesNotMatch(err.message, /no signatures found/);
    return true;
  });
});

/** Without the lists of referrers, and the tag that stands in for one: a list is the upstream's own while it can be had. */
function objectsOf(asked: readonly string[]): string[] {
  return asked.filter((line) => !/\/(?:referrers\/|manifests\/sha256-[0-9a-f]{64}$)/.test(line));
}
