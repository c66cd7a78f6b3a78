import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run, runRefused } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { readJson, sha256OfFile, verifySkopeoDir } from '../support/clients/stored.ts';
import { imagesFolder, requirementsOf, savedImageId } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'craned', 'saved', 'artifacts'] as const;
const SAVED = ['saved/hello:docker', 'craned/hello:crane'];

const skopeo = (...args: readonly string[]) => run(tool('skopeo'), ['--insecure-policy', ...args]);

const skopeoTest = clientTests(['skopeo', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const server = stack.use(await serve(path));
  const work = stack.use(await tempFolder('skopeo'));
  let copies = 0;
  /** Copies out of the registry, checks every byte, and gives the digest and the folder of the copy. */
  const copy = async (name: string, ...flags: readonly string[]) => {
    const folder = join(work.path, String((copies += 1)));
    await skopeo(
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      ...flags,
      `docker://${server.host}/${name}`,
      `dir:${folder}`,
    );
    const digest = await sha256OfFile(join(folder, 'manifest.json'));
    const blobs = await verifySkopeoDir(folder, digest);
    return { folder, digest, blobs };
  };
  return { server, path, images, copy };
});

skopeoTest('skopeo copies every image of every format whole, with the digest it has in the folder', async (lab) => {
  for (const { reference, digest } of lab.images) {
    const copied = await lab.copy(reference, '--all');
    if (digest !== undefined) assert.equal(copied.digest, digest, reference);
    assert.ok(copied.blobs.length >= 2, `${reference}: a config and a layer at least`);
  }
});

skopeoTest('skopeo copies every image by its digest', async (lab) => {
  for (const { reference, digest } of lab.images) {
    if (digest === undefined) continue;
    const copied = await lab.copy(`${repositoryOf(reference)}@${digest}`, '--all');
    assert.equal(copied.digest, digest, reference);
  }
});

skopeoTest('skopeo copies the platform it is told to out of an index', async (lab) => {
  const index = await skopeo(
    'inspect',
    '--raw',
    '--tls-verify=false',
    `docker://${lab.server.host}/layout/hello:latest`,
  );
  const { manifests } = JSON.parse(index.stdout) as {
    manifests: { digest: string; platform: { architecture: string } }[];
  };
  for (const architecture of ['amd64', 'arm64']) {
    const copied = await lab.copy('layout/hello:latest', '--override-arch', architecture);
    const child = manifests.find(({ platform }) => platform.architecture === architecture);
    assert.equal(copied.digest, child?.digest);
  }
});

skopeoTest(
  'skopeo copies an unpacked archive with its own config, and by the digest that it was given',
  async (lab) => {
    for (const reference of SAVED) {
      const copied = await lab.copy(reference);
      const { config } = await readJson<{ config: { digest: string } }>(copied.folder, 'manifest.json');
      assert.equal(config.digest, await savedImageId(join(lab.path, reference.replace(':', '/'))), reference);
      const again = await lab.copy(`${repositoryOf(reference)}@${copied.digest}`);
      assert.equal(again.digest, copied.digest);
    }
  },
);

skopeoTest('an unpacked archive has the same digest after a restart', async (lab) => {
  await using second = await serve(lab.path);
  for (const reference of SAVED) {
    const digests = [];
    for (const { host } of [lab.server, second]) {
      const inspect = ['inspect', '--no-tags', '--tls-verify=false', '--format', '{{.Digest}}'];
      digests.push((await skopeo(...inspect, `docker://${host}/${reference}`)).stdout.trim());
    }
    assert.equal(digests[0], digests[1], reference);
  }
});

skopeoTest('skopeo inspect shows digest, platform and the tags of the repository', async (lab) => {
  const { stdout } = await skopeo('inspect', '--tls-verify=false', `docker://${lab.server.host}/layout/hello:arm64`);
  const shown = JSON.parse(stdout) as { Digest: string; Architecture: string; RepoTags: string[] };
  assert.equal(shown.Digest, lab.images.find(({ reference }) => reference === 'layout/hello:arm64')?.digest);
  assert.equal(shown.Architecture, 'arm64');
  assert.deepEqual(shown.RepoTags, ['amd64', 'arm64', 'latest']);
});

skopeoTest('skopeo list-tags lists the tags of a layout and of a tree of skopeo folders', async (lab) => {
  const tagsOf = async (repository: string) => {
    const { stdout } = await skopeo('list-tags', '--tls-verify=false', `docker://${lab.server.host}/${repository}`);
    return (JSON.parse(stdout) as { Tags: string[] }).Tags;
  };
  assert.deepEqual(await tagsOf('umoci/hello'), ['amd64', 'arm64']);
  assert.deepEqual(await tagsOf('layout/single'), ['v1']);
  assert.deepEqual(await tagsOf('dir/hello'), ['index', 'list', 'oci', 'v2s2']);
});

skopeoTest('skopeo delete and a push are refused, and nothing changes', async (lab) => {
  const image = `docker://${lab.server.host}/layout/hello:latest`;
  const deleted = await runRefused(tool('skopeo'), ['delete', '--tls-verify=false', image]);
  assert.match(deleted.stderr, /405|unsupported|not allowed/i);
  const push = ['copy', '--dest-tls-verify=false', `oci:${lab.path}/umoci/hello:amd64`, image];
  const pushed = await runRefused(tool('skopeo'), ['--insecure-policy', ...push]);
  assert.match(pushed.stderr, /405|unsupported|not allowed/i);
  const copied = await lab.copy('layout/hello:latest', '--all');
  assert.equal(copied.digest, lab.images.find(({ reference }) => reference === 'layout/hello:latest')?.digest);
});

skopeoTest('skopeo is told that a tag is not there', async (lab) => {
  const image = `docker://${lab.server.host}/layout/hello:none`;
  const { stderr } = await runRefused(tool('skopeo'), ['inspect', '--tls-verify=false', image]);
  assert.match(stderr, /manifest unknown/i);
});

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(':'));
}
