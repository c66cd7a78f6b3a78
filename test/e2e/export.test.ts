import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientTests } from '../support/clients/client-test.ts';
import { run } from '../support/clients/command.ts';
import { startContainerd, startContainerd2, type Containerd } from '../support/clients/containerd.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { layoutDigest, readJson, sha256OfFile, verifyLayout, verifySkopeoDir } from '../support/clients/stored.ts';
import { GREETING, imagesFolder, requirementsOf, unpack } from './images.ts';

// What a person does who carries images to a machine without a registry: export them, and load the file there.

const SETS = ['layouts', 'dirs', 'artifacts'] as const;
const NEEDS = ['tar', ...requirementsOf(...SETS)];
/** An index, two images in either format, an index of Docker's, and an artifact with a referrer. */
const REFERENCES = [
  'layout/hello:latest',
  'umoci/hello:amd64',
  'dir/hello:v2s2',
  'dir/hello:list',
  'artifact/notes:v1',
] as const;
const IMAGES = REFERENCES.slice(0, 4);
const program = fileURLToPath(new URL('../../bin/ociregistry', import.meta.url));

const fullName = (reference: string) => `docker.io/${reference}`;

/** A bundle of all references and an archive for each of them, with what is in them unpacked. */
async function archives(stack: AsyncDisposableStack) {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const work = stack.use(await tempFolder('export')).path;
  const archive = async (name: string, ...args: readonly string[]) => {
    const file = join(work, name);
    await run(program, ['export', 'oci-archive', '--images', path, '-o', file, ...args]);
    return file;
  };
  const bundle = await archive('bundle.tar', ...REFERENCES);
  const layout = join(work, 'bundle');
  await unpack(bundle, layout);
  const digestOf = (reference: string) => layoutDigest(layout, fullName(reference));
  return { path, images, work, archive, bundle, layout, digestOf };
}

/** The digest of the config of an image, of an index that of its linux/amd64 one. */
async function imageId(layout: string, digest: string): Promise<string> {
  const manifest = await readJson<{
    config?: { digest: string };
    manifests?: { digest: string; platform: { architecture: string } }[];
  }>(layout, 'blobs', ...digest.split(':'));
  if (manifest.config) return manifest.config.digest;
  const child = manifest.manifests?.find(({ platform }) => platform.architecture === 'amd64');
  return imageId(layout, child?.digest ?? '');
}

const archiveTest = clientTests(NEEDS, archives);

archiveTest('the archive is a layout that has every image with its digest, and every byte', async (lab) => {
  for (const reference of REFERENCES) {
    const digest = await lab.digestOf(reference);
    assert.equal(digest, lab.images.find((image) => image.reference === reference)?.digest, reference);
    assert.ok((await verifyLayout(lab.layout, digest)).length >= 2);
  }
});

archiveTest('the archive of another run is the same', async (lab) => {
  const again = await lab.archive('again.tar', ...REFERENCES.toReversed());
  assert.equal(await sha256OfFile(again), await sha256OfFile(lab.bundle));
});

const dockerTest = clientTests(['root', 'dockerd', 'docker', ...NEEDS], async (stack) => ({
  ...(await archives(stack)),
  ...stack.use(await startDockerd()),
}));

dockerTest('docker loads the images of an archive by their names, with their ids, and runs them', async (lab) => {
  const { stdout } = await lab.docker('load', '-i', lab.bundle);
  assert.deepEqual(stdout.trim().split('\n').sort(), IMAGES.map((reference) => `Loaded image: ${reference}`).sort());
  for (const reference of IMAGES) {
    const inspected = await lab.docker('image', 'inspect', '--format', '{{.Id}}', reference);
    assert.equal(inspected.stdout.trim(), await imageId(lab.layout, await lab.digestOf(reference)));
    assert.equal((await lab.docker('run', '--rm', '--network', 'none', reference)).stdout.trim(), GREETING);
  }
});

dockerTest('docker loads the platform that the archive was made for', async (lab) => {
  await lab.docker('rmi', 'layout/hello:latest');
  const arm = await lab.archive('arm.tar', '--platform', 'linux/arm64', 'layout/hello:latest');
  await lab.docker('load', '-i', arm);
  const inspected = await lab.docker('image', 'inspect', '--format', '{{.Architecture}}', 'layout/hello:latest');
  assert.equal(inspected.stdout.trim(), 'arm64');
});

const podmanTest = clientTests(['root', 'podman', 'runc', ...NEEDS], async (stack) => ({
  ...(await archives(stack)),
  ...stack.use(await preparePodman()),
}));

podmanTest('podman loads an archive of one image by its name, and runs it', async (lab) => {
  for (const reference of IMAGES) {
    const name = fullName(reference);
    const { stdout } = await lab.podman('load', '-i', await lab.archive('one.tar', reference));
    assert.equal(stdout.trim(), `Loaded image: ${name}`);
    const inspected = await lab.podman('image', 'inspect', '--format', '{{.Id}}', name);
    assert.equal(`sha256:${inspected.stdout.trim()}`, await imageId(lab.layout, await lab.digestOf(reference)));
    assert.equal((await lab.podman('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
    await lab.podman('rmi', '-f', name);
  }
});

podmanTest('podman loads all images of an archive by their names, and runs them', async (lab) => {
  const { stdout } = await lab.podman('load', '-i', lab.bundle);
  for (const reference of IMAGES) {
    const name = fullName(reference);
    assert.ok(stdout.includes(name), stdout);
    assert.equal((await lab.podman('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
  }
});

const skopeoTest = clientTests(['skopeo', ...NEEDS], archives);
const skopeo = (...args: readonly string[]) => run(tool('skopeo'), ['--insecure-policy', 'copy', '--quiet', ...args]);

skopeoTest('skopeo copies out of the archive by full name, with the digest', async (lab) => {
  for (const [i, reference] of REFERENCES.entries()) {
    // Version 1.9 finds no manifest of Docker's by a name.
    if (reference.startsWith('dir/')) continue;
    const folder = join(lab.work, `skopeo-${String(i)}`);
    await skopeo('--all', `oci-archive:${lab.bundle}:${fullName(reference)}`, `dir:${folder}`);
    await verifySkopeoDir(folder, await lab.digestOf(reference));
  }
});

skopeoTest('skopeo copies the image of an archive of one without being told its name', async (lab) => {
  for (const [i, reference] of IMAGES.entries()) {
    const folder = join(lab.work, `one-${String(i)}`);
    await skopeo('--all', `oci-archive:${await lab.archive('one.tar', reference)}`, `dir:${folder}`);
    await verifySkopeoDir(folder, await lab.digestOf(reference));
  }
});

skopeoTest('skopeo reads the archive as one of docker, too', async (lab) => {
  for (const [i, reference] of IMAGES.entries()) {
    const folder = join(lab.work, `docker-archive-${String(i)}`);
    await skopeo(`docker-archive:${lab.bundle}:${reference}`, `dir:${folder}`);
    const { config } = await readJson<{ config: { digest: string } }>(folder, 'manifest.json');
    assert.equal(config.digest, await imageId(lab.layout, await lab.digestOf(reference)));
  }
});

const craneTest = clientTests(['crane', ...NEEDS], archives);

craneTest('crane finds nothing wrong with an archive of one image', async (lab) => {
  for (const reference of IMAGES) {
    await run(tool('crane'), ['validate', '--tarball', await lab.archive('one.tar', reference)]);
  }
});

const containerdTest = clientTests(['root', 'containerd', 'ctr', 'runc', ...NEEDS], async (stack) => ({
  ...(await archives(stack)),
  engine: stack.use(await startContainerd()),
}));

const containerd2Test = clientTests(
  ['root', 'containerd-2', 'ctr-2', 'containerd-shim-2', 'runc', ...NEEDS],
  async (stack) => ({ ...(await archives(stack)), engine: stack.use(await startContainerd2()) }),
);

for (const [version, containerTest] of [
  ['1', containerdTest],
  ['2', containerd2Test],
] as const) {
  containerTest(`ctr ${version} imports the images of an archive with their digests, and runs them`, async (lab) => {
    const file = await lab.archive('images.tar', ...IMAGES);
    await lab.engine.ctr('images', 'import', '--snapshotter', 'native', file);
    for (const [i, reference] of IMAGES.entries()) {
      const name = fullName(reference);
      assert.equal(await digestIn(lab.engine, name), await lab.digestOf(reference));
      const { stdout } = await lab.engine.ctr('run', '--rm', '--snapshotter', 'native', name, `imported-${String(i)}`);
      assert.equal(stdout.trim(), GREETING);
    }
    assert.equal((await lab.engine.ctr('images', 'ls', '-q')).stdout.trim().split('\n').length, IMAGES.length);
  });

  containerTest(`ctr ${version} imports every platform and the artifacts too, with every byte`, async (lab) => {
    await lab.engine.forget();
    await lab.engine.ctr('images', 'import', '--all-platforms', '--no-unpack', lab.bundle);
    for (const reference of REFERENCES) {
      assert.equal(await digestIn(lab.engine, fullName(reference)), await lab.digestOf(reference));
    }
    assert.equal((await lab.engine.ctr('images', 'ls', '-q')).stdout.trim().split('\n').length, REFERENCES.length);
    for (const reference of REFERENCES) {
      for (const blob of await verifyLayout(lab.layout, await lab.digestOf(reference))) {
        assert.equal(await sha256OfFile(join(lab.engine.contentFolder, blob.slice('sha256:'.length))), blob);
      }
    }
  });
}

async function digestIn({ ctr }: Containerd, name: string): Promise<string | undefined> {
  const { stdout } = await ctr('images', 'ls', `name==${name}`);
  return /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
}
