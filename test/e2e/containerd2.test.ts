import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd2 } from '../support/clients/containerd.ts';
import { serve } from '../support/clients/served.ts';
import { readJson, sha256OfFile } from '../support/clients/stored.ts';
import { GREETING, imagesFolder, requirementsOf, SAMPLE_GREETING } from './images.ts';

const SETS = ['layouts', 'layers', 'big'] as const;

const containerd2Test = clientTests(
  ['root', 'containerd-2', 'ctr-2', 'containerd-shim-2', 'runc', ...requirementsOf(...SETS)],
  async (stack) => {
    const { path, images } = await imagesFolder(stack, ...SETS);
    const server = stack.use(await serve(path, '--sample'));
    const engine = stack.use(await startContainerd2());
    const pull = async (reference: string) => {
      const name = `${server.host}/${reference}`;
      await engine.ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', name);
      const { stdout } = await engine.ctr('images', 'ls', `name==${name}`);
      return /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
    };
    return { server, path, images, engine, pull };
  },
);

containerd2Test('containerd 2 pulls indexes, gzip and zstd layers with their digests', async (lab) => {
  for (const { reference, digest } of lab.images) {
    if (reference.endsWith(':arm64') || reference.startsWith('big/')) continue;
    // It skips a layer that it has unpacked already, whatever it was compressed with.
    await lab.engine.forget();
    assert.equal(await lab.pull(reference), digest, reference);
    for (const blob of await blobsOf(join(lab.path, reference), digest)) {
      assert.equal(await sha256OfFile(join(lab.engine.contentFolder, blob.slice(7))), blob);
    }
  }
});

containerd2Test('containerd 2 fetches a layer of 1 GiB in parallel parts, and has every byte', async (lab) => {
  await lab.engine.forget();
  const digest = lab.images.find(({ reference }) => reference === 'big/layer:1')?.digest;
  assert.equal(await lab.pull('big/layer:1'), digest);
  const [layer = ''] = (await blobsOf(join(lab.path, 'big/layer:1'), digest)).slice(-1);
  assert.equal(await sha256OfFile(join(lab.engine.contentFolder, layer.slice(7))), layer);
  const parts = lab.server.requests().filter(({ path, status }) => path.includes(layer) && status === 206);
  assert.ok(parts.length > 1, `${String(parts.length)} ranged requests`);
});

containerd2Test('ctr 2 runs what it pulled', async (lab) => {
  await lab.pull('layout/hello:latest');
  const run = ['run', '--rm', '--snapshotter', 'native', `${lab.server.host}/layout/hello:latest`, 'hello'];
  assert.equal((await lab.engine.ctr(...run)).stdout.trim(), GREETING);
});

containerd2Test('ctr 2 runs the sample', async (lab) => {
  await lab.pull('sample/hello:latest');
  const run = ['run', '--rm', '--snapshotter', 'native', `${lab.server.host}/sample/hello:latest`, 'sample'];
  assert.match((await lab.engine.ctr(...run)).stdout, SAMPLE_GREETING);
});

/** Config and layers of an image of the folder; of an index, nothing. */
async function blobsOf(reference: string, digest = ''): Promise<string[]> {
  const repository = reference.slice(0, reference.lastIndexOf(':'));
  const tag = reference.slice(repository.length + 1);
  // The layout with one unnamed root lies one folder deeper than its repository.
  const layout = repository.endsWith('/single') ? join(repository, tag) : repository;
  const manifest = await readJson<{ config?: { digest: string }; layers?: { digest: string }[] }>(
    join(layout, 'blobs', ...digest.split(':')),
  );
  return [manifest.config, ...(manifest.layers ?? [])].flatMap((blob) => (blob === undefined ? [] : [blob.digest]));
}
