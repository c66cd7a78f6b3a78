import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd, type Containerd } from '../support/clients/containerd.ts';
import { serve } from '../support/clients/served.ts';
import { sha256OfFile } from '../support/clients/stored.ts';
import { GREETING, imagesFolder, linkTree, requirementsOf, SAMPLE_GREETING } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'craned', 'saved'] as const;

const containerdTest = clientTests(['root', 'containerd', 'ctr', 'runc', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  // Only a request that says `ns=upstream.test` finds it as team/hello.
  await linkTree(join(path, 'layout', 'hello'), join(path, 'upstream.test', 'team', 'hello'));
  const server = stack.use(await serve(path, '--sample'));
  const engine = stack.use(await startContainerd());
  // The registry itself is ours as well, so that no miss can leave the machine.
  const hosts = await engine.configureHost(
    'upstream.test',
    `server = "${server.url}"
[host."${server.url}"]
  capabilities = ["pull", "resolve"]
`,
  );
  await engine.configureHost(
    'other.test',
    `server = "${server.url}"
[host."${server.url}/v2/layout"]
  capabilities = ["pull", "resolve"]
  override_path = true
`,
  );
  return {
    server,
    images,
    hosts,
    engine,
    digestOf: (name: string) => images.find((i) => i.reference === name)?.digest,
  };
});

containerdTest('ctr pulls every image with its digest, every byte of it right, and runs it', async (lab) => {
  await lab.engine.forget();
  for (const [number, { reference, digest }] of lab.images.entries()) {
    if (reference.endsWith(':arm64')) continue;
    const name = `${lab.server.host}/${reference}`;
    await lab.engine.ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', name);
    if (digest !== undefined) assert.equal(await pulledDigest(lab.engine, name), digest, reference);
    const run = ['run', '--rm', '--snapshotter', 'native', name, `c${String(number)}`];
    assert.equal((await lab.engine.ctr(...run)).stdout.trim(), GREETING);
  }
  await verifyContent(lab.engine);
});

containerdTest('ctr run of the sample prints its greeting', async (lab) => {
  const name = `${lab.server.host}/sample/hello:latest`;
  await lab.engine.ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', name);
  const { stdout } = await lab.engine.ctr('run', '--rm', '--snapshotter', 'native', name, 'sample');
  assert.match(stdout, SAMPLE_GREETING);
});

containerdTest('ctr pulls all platforms of an index', async (lab) => {
  await lab.engine.forget();
  const name = `${lab.server.host}/dir/hello:list`;
  await lab.engine.ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', '--all-platforms', name);
  const { stdout } = await lab.engine.ctr('images', 'ls', `name==${name}`);
  assert.match(stdout, /linux\/amd64/);
  assert.match(stdout, /linux\/arm64/);
  await verifyContent(lab.engine);
});

containerdTest('ctr pulls by digest', async (lab) => {
  const digest = lab.digestOf('dir/hello:oci') ?? '';
  const name = `${lab.server.host}/dir/hello@${digest}`;
  await lab.engine.ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', name);
  assert.equal(await pulledDigest(lab.engine, name), digest);
});

containerdTest('ctr pulls names of another registry through hosts.toml, with the query ns', async (lab) => {
  await lab.engine.forget();
  const name = 'upstream.test/team/hello:latest';
  await lab.engine.ctr('images', 'pull', '--hosts-dir', lab.hosts, '--snapshotter', 'native', name);
  assert.equal(await pulledDigest(lab.engine, name), lab.digestOf('layout/hello:latest'));
  assert.ok(lab.server.requests().some(({ path }) => path === '/v2/team/hello/manifests/latest'));
  await verifyContent(lab.engine);
  const { stdout } = await lab.engine.ctr('run', '--rm', '--snapshotter', 'native', name, 'through-ns');
  assert.equal(stdout.trim(), GREETING);
});

containerdTest('ctr pulls through a hosts.toml that puts a path in front of the names', async (lab) => {
  const name = 'other.test/hello:amd64';
  await lab.engine.ctr('images', 'pull', '--hosts-dir', lab.hosts, '--snapshotter', 'native', name);
  assert.equal(await pulledDigest(lab.engine, name), lab.digestOf('layout/hello:amd64'));
});

async function pulledDigest({ ctr }: Containerd, name: string): Promise<string | undefined> {
  const { stdout } = await ctr('images', 'ls', `name==${name}`);
  return /sha256:[0-9a-f]{64}/.exec(stdout.replaceAll(name, ''))?.[0];
}

async function verifyContent({ contentFolder }: Containerd): Promise<void> {
  for (const hex of await readdir(contentFolder)) {
    assert.equal(await sha256OfFile(join(contentFolder, hex)), `sha256:${hex}`);
  }
}
