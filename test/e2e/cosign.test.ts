import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run, runRefused } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { imagesFolder, requirementsOf } from './images.ts';

const SETS = ['signed', 'layouts'] as const;
const OFFLINE = ['--allow-http-registry', '--insecure-ignore-tlog=true'];

const cosignTest = clientTests(requirementsOf(...SETS), async (stack) => {
  const { path, images } = await imagesFolder(stack, ...SETS);
  const server = stack.use(await serve(path));
  const work = stack.use(await tempFolder('cosign')).path;
  const env = { HOME: work };
  const digest = images.find(({ reference }) => reference === 'signed/hello:latest')?.digest ?? '';
  return { host: server.host, key: join(path, '_keys', 'cosign.pub'), digest, env };
});

cosignTest('cosign verifies the signature of an image', async ({ host, key, digest, env }) => {
  const args = ['verify', '--key', key, ...OFFLINE, `${host}/signed/hello:latest`];
  const { stdout } = await run(tool('cosign'), args, { env });
  const [claim] = JSON.parse(stdout) as { critical: { image: Record<string, string> } }[];
  assert.equal(claim?.critical.image['docker-manifest-digest'], digest);
});

cosignTest('cosign tree shows the signature', async ({ host, digest, env }) => {
  const { stdout } = await run(tool('cosign'), ['tree', '--allow-http-registry', `${host}/signed/hello:latest`], {
    env,
  });
  assert.ok(stdout.includes(`${digest.replace(':', '-')}.sig`), stdout);
});

cosignTest('cosign says that an image is not signed', async ({ host, key, env }) => {
  const args = ['verify', '--key', key, ...OFFLINE, `${host}/layout/hello:amd64`];
  const { stderr } = await runRefused(tool('cosign'), args, { env });
  assert.match(stderr, /no signatures found/);
});
