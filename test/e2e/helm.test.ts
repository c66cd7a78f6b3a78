import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';
import { readJson, sha256OfFile } from '../support/clients/stored.ts';
import { imagesFolder, requirementsOf } from './images.ts';

const helmTest = clientTests(requirementsOf('charts'), async (stack) => {
  const { path, images } = await imagesFolder(stack, 'charts');
  const server = stack.use(await serve(path));
  const work = stack.use(await tempFolder('helm')).path;
  const env = { HELM_CONFIG_HOME: work, HELM_CACHE_HOME: work, HELM_DATA_HOME: work };
  const helm = (...args: readonly string[]) => run(tool('helm'), args, { env });
  return { chart: `oci://${server.host}/charts/hello`, path, work, helm, digest: images[0]?.digest ?? '' };
});

for (const [behaviour, ...version] of [
  ['helm pulls a chart of a given version', '--version', '0.1.0'],
  ['helm finds the newest version of a chart by its tags'],
] as const) {
  helmTest(behaviour, async (lab) => {
    const destination = join(lab.work, String(version.length));
    await mkdir(destination);
    const pulled = await lab.helm('pull', lab.chart, '--plain-http', '--destination', destination, ...version);
    assert.ok(`${pulled.stdout}${pulled.stderr}`.includes(lab.digest), 'helm names the digest of the manifest');
    const manifest = await readJson<{ layers: { digest: string }[] }>(
      join(lab.path, 'charts', 'hello', 'blobs', ...lab.digest.split(':')),
    );
    assert.equal(await sha256OfFile(join(destination, 'hello-0.1.0.tgz')), manifest.layers[0]?.digest);
  });
}

helmTest('helm shows a chart without pulling it into a file', async (lab) => {
  const { stdout } = await lab.helm('show', 'chart', lab.chart, '--plain-http', '--version', '0.1.0');
  assert.match(stdout, /^name: hello$/m);
});
