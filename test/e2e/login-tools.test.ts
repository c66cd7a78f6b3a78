import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused, type Output } from '../support/clients/command.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { imagesFolder, requirementsOf } from './images.ts';
import { PASSWORD, serveWithPasswords, serveWithTokens, USER, WRONG } from './login-config.ts';

const SETS = ['layouts', 'charts'] as const;

/** The programs that keep what they log in with in files of their own. */
const loginTest = clientTests(
  ['root', 'crane', 'skopeo', 'helm', 'podman', ...requirementsOf(...SETS)],
  async (stack) => {
    const { path, images } = await imagesFolder(stack, ...SETS);
    const passwords = await serveWithPasswords(stack, path);
    const { server: tokens, tokens: service } = await serveWithTokens(stack, path);
    const work = stack.use(await tempFolder('login-tools')).path;
    const engine = stack.use(await preparePodman());
    const digestOf = (reference: string) => images.find((image) => image.reference === reference)?.digest ?? '';
    /** A new folder for what a program remembers. */
    let homes = 0;
    const home = async (): Promise<string> => {
      const folder = join(work, String((homes += 1)));
      await mkdir(folder);
      return folder;
    };
    return { registries: { passwords, tokens }, service, engine, digestOf, home };
  },
);

for (const kind of ['passwords', 'tokens'] as const) {
  loginTest(`${kind}: crane auth login, then digest, pull and catalog`, async (lab) => {
    const { host } = lab.registries[kind];
    const env = { DOCKER_CONFIG: await lab.home() };
    const crane = (...args: readonly string[]) => run(tool('crane'), args, { env });
    await runRefused(tool('crane'), ['digest', `${host}/layout/hello:latest`], { env });
    await crane('auth', 'login', host, '-u', USER, '-p', PASSWORD);
    assert.equal(
      (await crane('digest', `${host}/layout/hello:latest`)).stdout.trim(),
      lab.digestOf('layout/hello:latest'),
    );
    await crane('validate', '--remote', `${host}/layout/hello:latest`);
    assert.deepEqual((await crane('ls', `${host}/layout/single`)).stdout.trim(), 'v1');
    assert.match((await crane('catalog', host)).stdout, /^layout\/hello$/m);
  });

  loginTest(`${kind}: skopeo without a login gets what is anonymous, and the rest with one`, async (lab) => {
    const { host } = lab.registries[kind];
    const env = { REGISTRY_AUTH_FILE: join(await lab.home(), 'auth.json') };
    const inspect = (name: string, ...more: readonly string[]) => [
      'inspect',
      '--raw',
      '--tls-verify=false',
      ...more,
      `docker://${host}/${name}`,
    ];
    const skopeo = (args: readonly string[]): Promise<Output> => run(tool('skopeo'), args, { env });
    await skopeo(inspect('layout/single:v1'));
    await runRefused(tool('skopeo'), inspect('layout/hello:latest'), { env });
    await runRefused(tool('skopeo'), inspect('layout/hello:latest', `--creds=${USER}:${WRONG}`), { env });
    await skopeo(inspect('layout/hello:latest', `--creds=${USER}:${PASSWORD}`));
    await skopeo(['login', '--tls-verify=false', '-u', USER, '-p', PASSWORD, host]);
    await skopeo(inspect('layout/hello:latest'));
  });

  loginTest(`${kind}: helm registry login, then pull`, async (lab) => {
    const { host } = lab.registries[kind];
    const folder = await lab.home();
    const env = { HELM_CONFIG_HOME: folder, HELM_CACHE_HOME: folder, HELM_DATA_HOME: folder, DOCKER_CONFIG: folder };
    const pull = ['pull', `oci://${host}/charts/hello`, '--plain-http', '--version', '0.1.0', '--destination', folder];
    const login = (password: string) => ['registry', 'login', host, '--plain-http', '-u', USER, '-p', password];
    await runRefused(tool('helm'), pull, { env });
    await runRefused(tool('helm'), login(WRONG), { env });
    await run(tool('helm'), login(PASSWORD), { env });
    await run(tool('helm'), pull, { env });
  });

  loginTest(`${kind}: podman login, then pull`, async (lab) => {
    const { host } = lab.registries[kind];
    const { podman } = lab.engine;
    const file = join(await lab.home(), 'auth.json');
    await writeFile(file, '{}');
    const authfile = `--authfile=${file}`;
    const pull = ['pull', '--tls-verify=false', authfile, `${host}/layout/hello:latest`];
    const login = (password: string) => ['login', '--tls-verify=false', authfile, '-u', USER, '-p', password, host];
    await assert.rejects(podman(...pull), /unauthorized|authentication required|log in first/i);
    await assert.rejects(podman(...login(WRONG)), /invalid username\/password|unauthorized/i);
    await podman(...login(PASSWORD));
    await podman(...pull);
  });
}

loginTest('tokens: every token was asked for one of the scopes of this registry', (lab) => {
  const scopes = lab.service.grants.flatMap(({ scopes: each }) => each).filter((scope) => scope !== '');
  for (const scope of new Set(scopes))
    assert.match(scope, /^(?:repository:(?:layout|charts)\/\w+:pull|registry:catalog:\*)$/);
  return Promise.resolve();
});
