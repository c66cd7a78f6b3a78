import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused } from '../support/clients/command.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve, type Served } from '../support/clients/served.ts';
import { Authority, type Pair } from '../support/upstream/certificates.ts';

interface Lab {
  readonly folder: string;
  readonly authority: Authority;
  readonly client: Pair;
  /** Without client certificates, and with them. */
  readonly oneWay: Served;
  readonly mutual: Served;
}

const overTls = clientTests<Lab>(['openssl', 'skopeo', 'curl'], async (stack) => {
  const folder = stack.use(await tempFolder('tls-clients')).path;
  const authority = await Authority.create(folder);
  const [server, client] = await Promise.all([authority.server('server'), authority.client('client')]);
  const images = join(folder, 'images');
  await mkdir(images);
  const flags = ['--sample', '--tls-cert', server.certFile, '--tls-key', server.keyFile];
  return {
    folder,
    authority,
    client,
    oneWay: stack.use(await serve(images, ...flags)),
    mutual: stack.use(await serve(images, ...flags, '--tls-client-ca', authority.pair.certFile)),
  };
});

/** A folder as containers/image wants certificates: `*.crt`, and a client's `*.cert` with its `*.key`. */
async function certificates({ folder, authority, client }: Lab, shown: boolean): Promise<string> {
  const made = join(folder, shown ? 'with' : 'without');
  await mkdir(made, { recursive: true });
  await copyFile(authority.pair.certFile, join(made, 'ca.crt'));
  if (shown) {
    await copyFile(client.certFile, join(made, 'client.cert'));
    await copyFile(client.keyFile, join(made, 'client.key'));
  }
  return made;
}

overTls('skopeo copies an image that it verifies the server of', async (lab) => {
  const target = join(lab.folder, 'copied');
  const trust = ['--src-cert-dir', await certificates(lab, false)];
  const source = `docker://${lab.oneWay.host}/sample/hello:latest`;
  await run(tool('skopeo'), ['copy', '--all', ...trust, source, `dir:${target}`]);
  await runRefused(tool('skopeo'), ['copy', '--all', source, `dir:${target}-not`]);
});

overTls('skopeo shows its certificate where one is required, and is refused without', async (lab) => {
  const source = `docker://${lab.mutual.host}/sample/hello:latest`;
  const inspect = async (shown: boolean) => ['inspect', '--raw', '--cert-dir', await certificates(lab, shown), source];
  const { stdout } = await run(tool('skopeo'), await inspect(true));
  assert.match(stdout, /"schemaVersion"/);
  await runRefused(tool('skopeo'), await inspect(false));
});

overTls('curl asks in HTTP and is told that this is https', async ({ oneWay }) => {
  const { stdout } = await run(tool('curl'), ['-sS', '-w', '%{http_code}', `http://${oneWay.host}/v2/`]);
  assert.match(stdout, /this port speaks https[^]*400$/);
});
