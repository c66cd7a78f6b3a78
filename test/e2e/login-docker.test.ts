import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { imagesFolder, requirementsOf } from './images.ts';
import { PASSWORD, serveWithPasswords, serveWithTokens, USER, WRONG } from './login-config.ts';

const dockerTest = clientTests(['root', 'dockerd', 'docker', ...requirementsOf('layouts')], async (stack) => {
  const { path } = await imagesFolder(stack, 'layouts');
  const passwords = await serveWithPasswords(stack, path);
  const { server: tokens } = await serveWithTokens(stack, path);
  const engine = stack.use(await startDockerd());
  return { registries: { passwords, tokens }, ...engine };
});

for (const kind of ['passwords', 'tokens'] as const) {
  dockerTest(`${kind}: docker login, then pull, then logout`, async (lab) => {
    const { host } = lab.registries[kind];
    const login = (password: string) => lab.docker('login', '-u', USER, '-p', password, host);
    const name = `${host}/layout/hello:latest`;
    await assert.rejects(lab.docker('pull', name), /no basic auth credentials|unauthorized|denied|access/i);
    await assert.rejects(login(WRONG), /unauthorized|401/i);
    await login(PASSWORD);
    await lab.docker('pull', name);
    await lab.docker('logout', host);
    await lab.docker('rmi', name);
    await assert.rejects(lab.docker('pull', name), /no basic auth credentials|unauthorized|denied|access/i);
  });
}

dockerTest('tokens: docker pulls what is anonymous without a login', async (lab) => {
  await lab.docker('pull', `${lab.registries.tokens.host}/layout/single:v1`);
});
