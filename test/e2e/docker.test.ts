import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { startDockerd, type Dockerd } from '../support/clients/dockerd.ts';
import { serve } from '../support/clients/served.ts';
import { GREETING, imagesFolder, linkTree, requirementsOf, savedImageId, SAMPLE_GREETING } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'craned', 'saved'] as const;
// Docker 20.10 cannot unpack zstd layers; `pull -a` of the layout is a test of its own.
const NOT_RUN = ['layers/hello:zstd', 'layout/hello:arm64', 'umoci/hello:arm64'];

const dockerTest = clientTests(['root', 'dockerd', 'docker', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  await linkTree(join(path, 'layout', 'hello'), join(path, 'library', 'hello'));
  const server = stack.use(await serve(path, '--sample'));
  const engine = stack.use(await startDockerd(`--registry-mirror=${server.url}`));
  const digestOf = (reference: string) => images.find((image) => image.reference === reference)?.digest;
  return { server, path, images, digestOf, ...engine };
});

dockerTest('docker pulls every image with its digest and runs it', async (lab) => {
  for (const { reference, digest } of lab.images) {
    if (NOT_RUN.includes(reference)) continue;
    const name = `${lab.server.host}/${reference}`;
    await lab.docker('pull', name);
    if (digest !== undefined) {
      assert.ok((await repoDigests(lab, name)).includes(`${name.slice(0, name.lastIndexOf(':'))}@${digest}`), name);
    }
    const { stdout } = await lab.docker('run', '--rm', '--network', 'none', name);
    assert.equal(stdout.trim(), GREETING);
  }
});

dockerTest('the id of an image that docker saved is the same after a pull', async (lab) => {
  const name = `${lab.server.host}/saved/hello:docker`;
  await lab.docker('pull', name);
  const { stdout } = await lab.docker('image', 'inspect', '--format', '{{.Id}}', name);
  assert.equal(stdout.trim(), await savedImageId(join(lab.path, 'saved', 'hello', 'docker')));
});

dockerTest('docker pulls by digest', async (lab) => {
  const name = `${lab.server.host}/dir/hello@${lab.digestOf('dir/hello:oci') ?? ''}`;
  await lab.docker('pull', name);
  assert.ok((await repoDigests(lab, name)).includes(name));
});

dockerTest('docker run of the sample prints its greeting', async (lab) => {
  const name = `${lab.server.host}/sample/hello:latest`;
  const { stdout } = await lab.docker('run', '--rm', '--network', 'none', name);
  assert.match(stdout, SAMPLE_GREETING);
});

dockerTest('docker pulls the platform that it is told to', async (lab) => {
  const name = `${lab.server.host}/layout/hello:latest`;
  await lab.docker('pull', '--platform', 'linux/arm64', name);
  const { stdout } = await lab.docker('image', 'inspect', '--format', '{{.Architecture}}', name);
  assert.equal(stdout.trim(), 'arm64');
});

dockerTest('docker pull -a takes every tag of a repository', async (lab) => {
  const repository = `${lab.server.host}/umoci/hello`;
  await lab.docker('pull', '-a', repository);
  const { stdout } = await lab.docker('images', '--format', '{{.Tag}}', repository);
  assert.deepEqual(stdout.trim().split('\n').sort(), ['amd64', 'arm64']);
});

dockerTest('docker pulls Docker Hub names through registry-mirrors', async (lab) => {
  await lab.docker('pull', 'hello:latest');
  assert.ok((await repoDigests(lab, 'hello:latest')).includes(`hello@${lab.digestOf('layout/hello:latest') ?? ''}`));
  assert.equal((await lab.docker('run', '--rm', '--network', 'none', 'hello:latest')).stdout.trim(), GREETING);
  const asked = lab.server.requests().filter(({ path }) => path.startsWith('/v2/library/hello/'));
  assert.ok(asked.length > 0, 'the mirror was asked');
});

async function repoDigests({ docker }: Pick<Dockerd, 'docker'>, name: string): Promise<string[]> {
  const { stdout } = await docker('image', 'inspect', '--format', '{{json .RepoDigests}}', name);
  return JSON.parse(stdout) as string[];
}
