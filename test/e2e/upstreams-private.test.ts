import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../cmd/program.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { assertPulled, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache } from '../support/pull/cache.ts';
import { pushImage } from '../support/pull/push-image.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { DISTRIBUTION, startDistribution, writeHtpasswd } from '../support/upstream/distribution.ts';
import { FaultyProxy } from '../support/upstream/faulty-proxy.ts';

const layer = randomBytes(50_000);
const secret = tinyImage({ seed: 'secret', layers: [layer] });
const sharing = tinyImage({ seed: 'sharing', layers: [layer] });
const open = tinyImage({ seed: 'open' });
const HOST = 'quay.io';

/** `team/secret` has a blob that `team/open` has not, and `team/sharing` has. */
const privateTest = clientTests([...DISTRIBUTION, 'htpasswd'], async (stack) => {
  const folder = stack.use(await tempFolder('upstreams-private')).path;
  const data = join(folder, 'data');
  const htpasswd = join(folder, 'htpasswd');
  await writeHtpasswd(htpasswd, 'ann', 'secret');
  const [plain, registry] = [
    stack.use(await startDistribution({ folder, data })),
    stack.use(await startDistribution({ folder, data, htpasswd })),
  ];
  await pushImage(plain.url, 'team/secret', 'v1', secret);
  await pushImage(plain.url, 'team/open', 'v1', open);
  await pushImage(plain.url, 'team/sharing', 'v1', sharing);
  const proxy = stack.use(await FaultyProxy.start(registry.url));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'secret\n');
  const endpoints = [{ url: proxy.origin, credentials: { username: 'ann', passwordFile } }];
  const config = { upstreams: { [HOST]: { endpoints } } };
  const cache = stack.use(await startCache({ config }));
  await assertPulled(cache, { name: 'team/secret', ns: HOST }, secret);
  await untilKept(cache, secret);
  return { cache, proxy, folder, config };
});

const layerOf = (name: string): string => `/v2/${name}/blobs/${secret.layers[0]!.digest}?ns=${HOST}`;

privateTest('a blob of one repository is not readable under another that does not have it', async ({ cache }) => {
  await assertPulled(cache, { name: 'team/open', ns: HOST }, open);
  for (const method of ['GET', 'HEAD'] as const) {
    const { status, body } = await cache.ask(layerOf('team/open'), { method });
    assert.deepEqual([status, body.includes(secret.layers[0]!.bytes)], [404, false]);
  }
});

privateTest(
  'a blob is readable under another repository of which a manifest names it, and not fetched',
  async (lab) => {
    const { cache, proxy } = lab;
    proxy.reset();
    assert.equal((await cache.ask(`/v2/team/sharing/manifests/v1?ns=${HOST}`)).status, 200);
    const { status, body, headers } = await cache.ask(layerOf('team/sharing'));
    assert.deepEqual([status, body.equals(secret.layers[0]!.bytes)], [200, true]);
    assert.equal(headers.get('cache-status'), 'ociregistry; hit');
    assert.deepEqual(
      proxy.lines.filter((line) => line.includes('/blobs/')),
      [],
    );
  },
);

privateTest(
  'while nobody can say whether a repository has a blob, it is not readable there',
  async ({ cache, proxy }) => {
    proxy.refuse(true);
    const { status, body } = await cache.ask(layerOf('team/unknown'));
    assert.deepEqual([status, body.includes(secret.layers[0]!.bytes)], [502, false]);
    assert.equal((await cache.ask(layerOf('team/secret'))).status, 200);
  },
);

privateTest(
  'credentials of an upstream and a listener beyond loopback are refused at start',
  async ({ config, folder }) => {
    const file = join(folder, 'exposed.yaml');
    await writeFile(file, JSON.stringify(config));
    const { status, stdout, stderr } = await runProgram([
      'serve',
      '--config',
      file,
      '--host',
      '0.0.0.0',
      '--port',
      '0',
      '--images',
      join(folder, 'exposed'),
    ]);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(
      stderr,
      /exposed\.yaml:1: upstreams\.quay\.io\.endpoints\[0\]\.credentials: .*0\.0\.0\.0.*--host 127\.0\.0\.1/,
    );
    assert.ok(!stderr.includes('secret\n'));
  },
);
