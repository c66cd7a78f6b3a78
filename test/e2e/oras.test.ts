import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { layoutDigest, sha256, verifyLayout } from '../support/clients/stored.ts';
import { ARTIFACT_TEXT, imagesFolder, REFERRER_TYPE, requirementsOf } from './images.ts';

const SETS = ['artifacts', 'layouts'] as const;

interface Answer {
  readonly copied: { readonly digest: string };
  readonly referrers: readonly { readonly artifactType: string; readonly annotations: unknown }[] | null;
  readonly tags: readonly string[];
}

const orasTest = clientTests(['oras-client', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const server = stack.use(await serve(path));
  const work = stack.use(await tempFolder('oras')).path;
  const copy = async (repository: string, tag: string) => {
    const layout = join(work, `${repository}-${tag}`.replaceAll('/', '-'));
    const { stdout } = await run(tool('oras-client'), [`${server.host}/${repository}`, tag, layout]);
    return { layout, answer: JSON.parse(stdout) as Answer };
  };
  return { server, copy, digestOf: (name: string) => images.find((image) => image.reference === name)?.digest };
});

orasTest('oras copies an artifact of the kind text/plain, and its file is whole', async (lab) => {
  const { layout, answer } = await lab.copy('artifact/notes', 'v1');
  const digest = lab.digestOf('artifact/notes:v1');
  assert.equal(answer.copied.digest, digest);
  assert.equal(await layoutDigest(layout, 'v1'), digest);
  await verifyLayout(layout, answer.copied.digest);
  const text = await readFile(join(layout, 'blobs', ...sha256(ARTIFACT_TEXT).split(':')), 'utf8');
  assert.equal(text, ARTIFACT_TEXT);
});

orasTest('oras finds the referrers of an artifact through the referrers API', async (lab) => {
  const { answer } = await lab.copy('artifact/notes', 'v1');
  assert.deepEqual(
    (answer.referrers ?? []).map(({ artifactType, annotations }) => ({ artifactType, annotations })),
    [{ artifactType: REFERRER_TYPE, annotations: { 'org.example.verdict': 'good' } }],
  );
  assert.ok(lab.server.requests().some(({ path, status }) => path.includes('/referrers/sha256:') && status === 200));
});

orasTest('oras copies a whole index, which nothing refers to, and lists the tags', async (lab) => {
  const { layout, answer } = await lab.copy('layout/hello', 'latest');
  assert.equal(answer.copied.digest, lab.digestOf('layout/hello:latest'));
  await verifyLayout(layout, answer.copied.digest);
  assert.deepEqual(answer.referrers ?? [], []);
  assert.deepEqual(answer.tags, ['amd64', 'arm64', 'latest']);
});
