import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { serve } from '../support/clients/served.ts';
import { GREETING, imagesFolder, linkTree, requirementsOf, SAMPLE_GREETING } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'craned', 'saved'] as const;

const podmanTest = clientTests(['root', 'podman', 'buildah', 'runc', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  await linkTree(join(path, 'layout', 'hello'), join(path, 'docker.io', 'library', 'hello'));
  const server = stack.use(await serve(path, '--sample'));
  // The registries themselves are a closed port: what the mirror lacks must not be asked of the world.
  const engine = stack.use(
    await preparePodman(`
[[registry]]
prefix = "docker.io"
location = "127.0.0.1:1"
insecure = true
[[registry.mirror]]
location = "${server.host}/docker.io"
insecure = true

[[registry]]
prefix = "upstream.test/team"
location = "${server.host}/layout"
insecure = true
`),
  );
  const digestOf = (reference: string) => images.find((image) => image.reference === reference)?.digest;
  return { server, images, digestOf, ...engine };
});

podmanTest('podman pulls every image with its digest and runs it', async (lab) => {
  for (const { reference, digest } of lab.images) {
    if (reference.endsWith(':arm64')) continue;
    const name = `${lab.server.host}/${reference}`;
    await lab.podman('pull', '--tls-verify=false', name);
    const inspected = await lab.podman('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
    const digests = JSON.parse(inspected.stdout) as string[];
    const repository = name.slice(0, name.lastIndexOf(':'));
    if (digest !== undefined) assert.ok(digests.includes(`${repository}@${digest}`), `${name}: ${digests.join(' ')}`);
    const { stdout } = await lab.podman('run', '--rm', '--network', 'none', name);
    assert.equal(stdout.trim(), GREETING);
  }
});

podmanTest('podman pulls by digest', async (lab) => {
  const digest = lab.digestOf('dir/hello:list') ?? '';
  const name = `${lab.server.host}/dir/hello@${digest}`;
  await lab.podman('pull', '--tls-verify=false', name);
  const { stdout } = await lab.podman('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
  assert.ok(stdout.includes(digest), stdout);
});

podmanTest('podman run of the sample prints its greeting', async (lab) => {
  const name = `${lab.server.host}/sample/hello:latest`;
  const { stdout } = await lab.podman('run', '--rm', '--network', 'none', '--tls-verify=false', name);
  assert.match(stdout, SAMPLE_GREETING);
});

podmanTest('podman pulls Docker Hub names through the mirror in registries.conf', async (lab) => {
  const name = 'docker.io/library/hello:latest';
  await lab.podman('pull', name);
  const { stdout } = await lab.podman('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
  assert.ok(stdout.includes(lab.digestOf('layout/hello:latest') ?? ''), stdout);
  assert.equal((await lab.podman('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
});

podmanTest('podman pulls from the location that registries.conf gives for a prefix', async (lab) => {
  const name = 'upstream.test/team/hello:amd64';
  await lab.podman('pull', name);
  const { stdout } = await lab.podman('image', 'inspect', '--format', '{{.Digest}}', name);
  assert.equal(stdout.trim(), lab.digestOf('layout/hello:amd64'));
});

podmanTest('buildah pulls with the digest of the folder and runs a program of the image', async (lab) => {
  const name = `${lab.server.host}/layout/single:v1`;
  await lab.buildah('pull', '--tls-verify=false', name);
  const inspected = await lab.buildah('inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', name);
  assert.equal(inspected.stdout.trim(), lab.digestOf('layout/single:v1'));
  const container = (await lab.buildah('from', '--tls-verify=false', name)).stdout.trim();
  const { stdout } = await lab.buildah('run', '--isolation', 'chroot', container, '--', '/hello', 'world');
  assert.equal(stdout.trim(), GREETING);
});

podmanTest('buildah builds from an image of the registry', async (lab) => {
  const name = `${lab.server.host}/dir/hello:v2s2`;
  const container = (await lab.buildah('from', '--pull-always', '--tls-verify=false', name)).stdout.trim();
  await lab.buildah('config', '--cmd', 'builder', container);
  await lab.buildah('commit', container, 'built:1');
  const { stdout } = await lab.podman('run', '--rm', '--network', 'none', 'localhost/built:1');
  assert.equal(stdout.trim(), 'hello, builder');
});
