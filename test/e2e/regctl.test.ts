import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { layoutDigest, sha256, sha256OfFile, verifyLayout } from '../support/clients/stored.ts';
import { helloProgram, imagesFolder, REFERRER_TYPE, requirementsOf } from './images.ts';

const SETS = ['layouts', 'dirs', 'layers', 'artifacts'] as const;

const regctlTest = clientTests(['regctl', ...requirementsOf(...SETS)], async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const server = stack.use(await serve(path));
  const work = stack.use(await tempFolder('regctl')).path;
  const env = { REGCTL_CONFIG: join(work, 'regctl.json'), HOME: work };
  const regctl = (...args: readonly string[]) => run(tool('regctl'), args, { env });
  await regctl('registry', 'set', '--tls', 'disabled', server.host);
  return { server, images, work, regctl };
});

regctlTest('regctl copies every image into a layout with its digest', async (lab) => {
  for (const [number, { reference, digest }] of lab.images.entries()) {
    if (digest === undefined) continue;
    const layout = join(lab.work, `copy-${String(number)}`);
    await lab.regctl('image', 'copy', `${lab.server.host}/${reference}`, `ocidir://${layout}:copy`);
    assert.equal(await layoutDigest(layout, 'copy'), digest, reference);
    await verifyLayout(layout, digest);
  }
});

regctlTest('regctl shows the digest and the very bytes of a manifest', async (lab) => {
  for (const { reference, digest } of lab.images) {
    const name = `${lab.server.host}/${reference}`;
    assert.equal((await lab.regctl('image', 'digest', name)).stdout.trim(), digest);
    const { stdout } = await lab.regctl('manifest', 'get', '--format', 'raw-body', name);
    assert.equal(sha256(stdout), digest, reference);
  }
});

regctlTest('regctl takes a file out of an image', async (lab) => {
  for (const reference of ['layout/hello:latest', 'layers/hello:zstd', 'dir/hello:v2s2']) {
    const file = join(lab.work, 'hello');
    const name = `${lab.server.host}/${reference}`;
    await lab.regctl('image', 'get-file', '--platform', 'linux/amd64', name, '/hello', file);
    assert.equal(await sha256OfFile(file), await sha256OfFile(await helloProgram()), reference);
  }
});

regctlTest('regctl lists tags and repositories', async (lab) => {
  assert.equal((await lab.regctl('tag', 'ls', `${lab.server.host}/umoci/hello`)).stdout, 'amd64\narm64\n');
  const { stdout } = await lab.regctl('repo', 'ls', lab.server.host);
  assert.ok(stdout.split('\n').includes('layout/hello'));
});

regctlTest('regctl finds what refers to an artifact', async (lab) => {
  const name = `${lab.server.host}/artifact/notes:v1`;
  const { stdout } = await lab.regctl('artifact', 'list', '--format', '{{jsonPretty .}}', name);
  const { descriptors } = JSON.parse(stdout) as { descriptors: { artifactType: string }[] };
  assert.deepEqual(
    descriptors.map(({ artifactType }) => artifactType),
    [REFERRER_TYPE],
  );
});
