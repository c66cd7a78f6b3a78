import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runRefused } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { layoutDigest, readJson, sha256, sha256OfFile, verifyLayout } from '../support/clients/stored.ts';
import { helloProgram, imagesFolder, requirementsOf, savedImageId, unpack } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'craned', 'saved'] as const;

const crane = (...args: readonly string[]) => run(tool('crane'), args);

const craneTest = clientTests(['crane', 'tar', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const server = stack.use(await serve(path, '--sample'));
  const work = stack.use(await tempFolder('crane')).path;
  return { server, images, work, path };
});

craneTest('crane digest and crane manifest agree with the folder, for every image', async (lab) => {
  for (const { reference, digest } of lab.images) {
    const name = `${lab.server.host}/${reference}`;
    const told = (await crane('digest', name)).stdout.trim();
    if (digest !== undefined) assert.equal(told, digest, reference);
    const { stdout } = await crane('manifest', name);
    // crane adds a line feed, depending on its version.
    assert.ok([sha256(stdout), sha256(stdout.replace(/\n$/, ''))].includes(told), reference);
  }
});

// crane validate takes every layer for gzip, whatever its type says.
const NOT_GZIP = ['layers/hello:zstd', 'saved/hello:docker'];

craneTest('crane validate reads every layer of every image and finds nothing wrong', async (lab) => {
  for (const { reference } of lab.images) {
    if (!NOT_GZIP.includes(reference)) await crane('validate', '--remote', `${lab.server.host}/${reference}`);
  }
  await crane('validate', '--remote', `${lab.server.host}/sample/hello:latest`);
});

craneTest('crane export unpacks zstd layers, and plain ones too', async (lab) => {
  for (const reference of NOT_GZIP) {
    const archive = join(lab.work, 'export.tar');
    await crane('export', `${lab.server.host}/${reference}`, archive);
    const folder = join(lab.work, `export-${reference.replaceAll(/[/:]/g, '-')}`);
    await unpack(archive, folder);
    assert.equal(await sha256OfFile(join(folder, 'hello')), await sha256OfFile(await helloProgram()), reference);
  }
});

craneTest('crane pull --format=oci stores an index with all that it reaches', async (lab) => {
  for (const { reference, digest } of lab.images) {
    const layout = join(lab.work, `oci-${reference.replaceAll(/[/:]/g, '-')}`);
    const name = `${lab.server.host}/${reference}`;
    await crane('pull', '--format=oci', name, layout);
    const expected = digest ?? (await crane('digest', name)).stdout.trim();
    assert.equal(await layoutDigest(layout), expected, reference);
    await verifyLayout(layout, expected);
  }
});

for (const format of ['tarball', 'legacy']) {
  craneTest(`crane pull --format=${format} gives the config and the layers of the image`, async (lab) => {
    for (const reference of ['layout/hello:latest', 'dir/hello:v2s2', 'craned/hello:crane']) {
      const name = `${lab.server.host}/${reference}`;
      const archive = join(lab.work, `${format}.tar`);
      await crane('pull', '--platform=linux/amd64', `--format=${format}`, name, archive);
      const folder = join(lab.work, `${format}-${reference.replaceAll(/[/:]/g, '-')}`);
      await unpack(archive, folder);
      const manifest = JSON.parse((await crane('manifest', '--platform=linux/amd64', name)).stdout) as {
        config: { digest: string };
        layers: { digest: string }[];
      };
      assert.equal(await savedImageId(folder), manifest.config.digest);
      if (format === 'legacy') continue;
      const [saved] = await readJson<{ Layers: string[] }[]>(folder, 'manifest.json');
      const layers = await Promise.all((saved?.Layers ?? []).map((layer) => sha256OfFile(join(folder, layer))));
      assert.deepEqual(
        layers,
        manifest.layers.map((layer) => layer.digest),
      );
    }
  });
}

craneTest('a folder of crane pull is served and pulled again as it was', async (lab) => {
  const archive = join(lab.work, 'again.tar');
  await crane('pull', `${lab.server.host}/craned/hello:crane`, archive);
  const again = join(lab.work, 'again');
  await unpack(archive, again);
  const original = join(lab.path, 'craned', 'hello', 'crane');
  assert.deepEqual((await readdir(again)).sort(), (await readdir(original)).sort());
  for (const name of (await readdir(original)).filter((file) => file !== 'manifest.json')) {
    assert.equal(await sha256OfFile(join(again, name)), await sha256OfFile(join(original, name)), name);
  }
});

craneTest('crane ls lists the tags of a repository', async (lab) => {
  const { stdout } = await crane('ls', `${lab.server.host}/dir/hello`);
  assert.deepEqual(stdout.trim().split('\n'), ['index', 'list', 'oci', 'v2s2']);
});

craneTest('crane catalog lists every repository', async (lab) => {
  const expected = new Set(lab.images.map(({ reference }) => reference.slice(0, reference.lastIndexOf(':'))));
  const { stdout } = await crane('catalog', lab.server.host);
  assert.deepEqual(stdout.trim().split('\n'), [...expected, 'sample/hello'].sort());
});

craneTest('crane is told that a repository is not there, and that nothing can be pushed', async (lab) => {
  const unknown = await runRefused(tool('crane'), ['ls', `${lab.server.host}/nobody/nothing`]);
  assert.match(unknown.stderr, /NAME_UNKNOWN/);
  const name = `${lab.server.host}/dir/hello:oci`;
  const pushed = await runRefused(tool('crane'), ['tag', name, 'other']);
  assert.match(pushed.stderr, /UNSUPPORTED/);
  const deleted = await runRefused(tool('crane'), ['delete', name]);
  assert.match(deleted.stderr, /UNSUPPORTED/);
});
