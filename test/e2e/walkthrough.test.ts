import assert from 'node:assert/strict';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runRefused } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { startDockerRegistry } from '../support/clients/docker-registry.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { buildWithDocker, GREETING, helloProgram, requirementsOf, savedImageId, unpack } from './images.ts';

// What a person does who has an image and a folder: build it, push it to a registry, pull it into a file, unpack the
// file into the images folder, serve the folder, and pull it from there with everything they have.

const NEEDS = [
  'root',
  'gcc',
  'dockerd',
  'docker',
  'docker-registry',
  'crane',
  'skopeo',
  'containerd',
  'ctr',
  'runc',
  'tar',
];
const IMAGE = 'appzygy/smallgo:v1.0.0';

const walkthrough = clientTests([...NEEDS, ...requirementsOf('layouts')], async (stack) => {
  const work = stack.use(await tempFolder('walkthrough')).path;
  const engine = stack.use(await startDockerd());
  const registry = stack.use(await startDockerRegistry());
  await buildWithDocker(engine, work, `${registry.host}/${IMAGE}`);
  await engine.docker('push', `${registry.host}/${IMAGE}`);
  const archive = join(work, 'smallgo.tar');
  await run(tool('crane'), ['pull', `${registry.host}/${IMAGE}`, archive]);
  const images = join(work, 'images');
  const folder = join(images, 'appzygy', 'smallgo', 'v1.0.0');
  await unpack(archive, folder);
  const server = stack.use(await serve(images));
  return { work, engine, archive, images, folder, server, name: `${server.host}/${IMAGE}` };
});

walkthrough('crane pull gives back an archive of the same size and the same image', async (lab) => {
  const again = join(lab.work, 'again.tar');
  await run(tool('crane'), ['pull', lab.name, again]);
  // The name of the registry is written in it; nothing else may differ.
  const difference = (await stat(again)).size - (await stat(lab.archive)).size;
  assert.equal(difference, 0);
  await unpack(again, join(lab.work, 'again'));
  assert.equal(await savedImageId(join(lab.work, 'again')), await savedImageId(lab.folder));
});

walkthrough('docker pulls it, by tag and by digest, and it is the image that was built', async (lab) => {
  const id = await savedImageId(lab.folder);
  const digest = (await run(tool('crane'), ['digest', lab.name])).stdout.trim();
  const byDigest = `${lab.name.slice(0, lab.name.lastIndexOf(':'))}@${digest}`;
  for (const name of [lab.name, byDigest]) {
    await lab.engine.docker('pull', name);
    const { stdout } = await lab.engine.docker('image', 'inspect', '--format', '{{.Id}} {{json .RepoDigests}}', name);
    assert.ok(stdout.startsWith(id), stdout);
    assert.ok(stdout.includes(byDigest), stdout);
    assert.equal((await lab.engine.docker('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
  }
});

walkthrough('containerd imports the archive that crane pulled, and pulls it from hosts.toml', async (lab) => {
  await using engine = await startContainerd();
  const archive = join(lab.work, 'for-containerd.tar');
  await run(tool('crane'), ['pull', lab.name, archive]);
  await engine.ctr('images', 'import', '--snapshotter', 'native', archive);
  const { stdout } = await engine.ctr('run', '--rm', '--snapshotter', 'native', lab.name, 'imported');
  assert.equal(stdout.trim(), GREETING);

  await engine.forget();
  const hosts = await engine.configureHost(
    'smallgo.test',
    `server = "${lab.server.url}"
[host."${lab.server.url}"]
  capabilities = ["pull"]
  skip_verify = true
`,
  );
  const name = `smallgo.test/${IMAGE}`;
  await engine.ctr('images', 'pull', '--hosts-dir', hosts, '--snapshotter', 'native', name);
  assert.equal((await engine.ctr('run', '--rm', '--snapshotter', 'native', name, 'pulled')).stdout.trim(), GREETING);
});

walkthrough('an image that is dropped into the folder is served at once, replaced and removed too', async (lab) => {
  const name = `${lab.server.host}/new/hello:1`;
  const source = join(lab.work, 'umoci');
  const layout = (architecture: string) => `oci:${source}:${architecture}`;
  const umoci = (...args: readonly string[]) => run(tool('umoci'), args, { cwd: lab.work });
  await umoci('init', '--layout', 'umoci');
  for (const architecture of ['amd64', 'arm64']) {
    const image = ['--image', `umoci:${architecture}`];
    await umoci('new', ...image);
    await umoci('config', ...image, '--architecture', architecture, '--os', 'linux');
    await umoci('insert', ...image, await helloProgram(), '/hello');
  }
  const absent = await runRefused(tool('crane'), ['digest', name]);
  assert.match(absent.stderr, /404|NAME_UNKNOWN|MANIFEST_UNKNOWN/);

  const digests = [];
  await mkdir(join(lab.images, 'new', 'hello'), { recursive: true });
  for (const architecture of ['amd64', 'arm64']) {
    const copied = join(lab.work, `new-${architecture}`);
    await run(tool('skopeo'), ['--insecure-policy', 'copy', '-q', layout(architecture), `dir:${copied}`]);
    await rm(join(lab.images, 'new', 'hello', '1'), { recursive: true, force: true });
    await rename(copied, join(lab.images, 'new', 'hello', '1'));
    await run(tool('crane'), ['validate', '--remote', name]);
    digests.push((await run(tool('crane'), ['digest', name])).stdout.trim());
  }
  assert.equal(new Set(digests).size, 2);

  await rm(join(lab.images, 'new'), { recursive: true });
  const removed = await runRefused(tool('crane'), ['digest', name]);
  assert.match(removed.stderr, /404|NAME_UNKNOWN|MANIFEST_UNKNOWN/);
});
