import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startContainerd } from '../support/clients/containerd.ts';
import { connectCri } from '../support/clients/cri.ts';
import { imagesFolder, requirementsOf } from './images.ts';
import { PASSWORD, serveWithPasswords, serveWithTokens, USER, WRONG } from './login-config.ts';

const HEADER = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

const containerdTest = clientTests(
  ['root', 'containerd', 'ctr', 'runc', ...requirementsOf('layouts')],
  async (stack) => {
    const { path } = await imagesFolder(stack, 'layouts');
    const passwords = await serveWithPasswords(stack, path);
    const { server: tokens } = await serveWithTokens(stack, path);
    const engine = stack.use(await startContainerd());
    const mirror = (header: string): string => `server = "${passwords.url}"
[host."${passwords.url}"]
  capabilities = ["pull", "resolve"]
${header}`;
    const hosts = await engine.configureHost('closed.test', mirror(''));
    await engine.configureHost(
      'open.test',
      mirror(`  [host."${passwords.url}".header]\n    authorization = ["${HEADER}"]\n`),
    );
    const cri = stack.use(connectCri(engine.socket));
    const pull = (name: string, ...flags: readonly string[]) =>
      engine.ctr('images', 'pull', '--snapshotter', 'native', ...flags, name);
    return { registries: { passwords, tokens }, hosts, cri, pull };
  },
);

containerdTest('hosts.toml logs in by a header', async (lab) => {
  const hosts = ['--hosts-dir', lab.hosts];
  await assert.rejects(lab.pull('closed.test/layout/hello:latest', ...hosts), /401|unauthorized|authorization failed/i);
  await lab.pull('open.test/layout/hello:latest', ...hosts);
  await lab.pull('closed.test/layout/single:v1', ...hosts);
});

for (const kind of ['passwords', 'tokens'] as const) {
  containerdTest(`${kind}: ctr pulls with a user`, async (lab) => {
    const name = `${lab.registries[kind].host}/layout/hello:amd64`;
    await assert.rejects(lab.pull(name, '--plain-http'), /401|unauthorized|authorization failed/i);
    await assert.rejects(
      lab.pull(name, '--plain-http', '--user', `${USER}:${WRONG}`),
      /401|unauthorized|authorization failed/i,
    );
    await lab.pull(name, '--plain-http', '--user', `${USER}:${PASSWORD}`);
  });

  containerdTest(`${kind}: a kubelet pulls with the login of a pull secret`, async (lab) => {
    const name = `${lab.registries[kind].host}/layout/hello:latest`;
    await assert.rejects(lab.cri.pull(name), /401|unauthorized|authorization failed/i);
    await assert.rejects(
      lab.cri.pull(name, { username: USER, password: WRONG }),
      /401|unauthorized|authorization failed/i,
    );
    assert.match(await lab.cri.pull(name, { username: USER, password: PASSWORD }), /^sha256:/);
  });
}
