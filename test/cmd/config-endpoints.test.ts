import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseRepositoryName } from '../../api/oci/repository.ts';
import { createAgent, DEFAULT_TIMEOUTS } from '../../api/upstream/agent.ts';
import type { Credentials } from '../../api/upstream/credentials.ts';
import type { EndpointOptions } from '../../api/upstream/endpoint-options.ts';
import { parseConfigFile } from '../../cmd/config/file.ts';
import { Problems } from '../../cmd/failure.ts';
import { openEndpoints } from '../../cmd/upstream-endpoints.ts';
import { run } from '../support/clients/command.ts';
import { missing, tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Authority, type Pair } from '../support/upstream/certificates.ts';
import { read } from './config-sources.ts';

const folder = tempFolder();
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

type Env = Parameters<typeof openEndpoints>[1];

/** The endpoint of an upstream that the configuration file describes so. */
async function open(endpoint: object, env: Env = {}): Promise<EndpointOptions> {
  const text = JSON.stringify({ upstreams: { 'quay.io': { endpoints: [{ url: 'https://m.example', ...endpoint }] } } });
  const [upstream] = parseConfigFile(Buffer.from(text), join(folder, 'c.yaml')).upstreams;
  const [opened] = await openEndpoints(upstream!, env);
  return opened!;
}

const login = (endpoint: EndpointOptions): Promise<Credentials | undefined> =>
  endpoint.credentials!(parseRepositoryName('team/app'));

async function refused(endpoint: object, problems: readonly string[], env?: Env): Promise<void> {
  await assert.rejects(open(endpoint, env), (err) => {
    assert.ok(err instanceof Problems);
    const at = `${folder}/c.yaml:1: upstreams.quay.io.endpoints[0].`;
    assert.deepEqual(err.problems, problems.map((problem) => `${at}${problem.replaceAll('FOLDER', folder)}`)); // prettier-ignore
    return true;
  });
}

describe('credentials of an endpoint', () => {
  test('a password in a file, without its newline', async () => {
    const passwordFile = file('password', 'p:ä ss\n');
    assert.deepEqual(await login(await open({ credentials: { username: 'u', passwordFile } })), {
      username: 'u',
      password: 'p:ä ss',
    });
  });

  test('only one newline is cut', async () => {
    const passwordFile = file('newlines', 'p\n\r\n');
    const credentials = await login(await open({ credentials: { username: 'u', passwordFile } }));
    assert.deepEqual(credentials, { username: 'u', password: 'p\n' });
  });

  test('a password in a variable', async () => {
    const endpoint = await open({ credentials: { username: 'u', passwordEnv: 'SECRET' } }, { SECRET: 'p' });
    assert.deepEqual(await login(endpoint), { username: 'u', password: 'p' });
  });

  test('a token, and what logs in after the file was replaced', async () => {
    const endpoint = await open({ credentials: { tokenFile: file('token', 'one\n') } });
    assert.deepEqual(await login(endpoint), { bearerToken: 'one' });
    file('token', 'another\n');
    assert.deepEqual(await login(endpoint), { bearerToken: 'another' });
    file('token', '');
    await assert.rejects(login(endpoint), new Error(`${folder}/token: empty`));
  });

  test('UP3 a docker config, looked into by the host of the endpoint', async () => {
    const auth = Buffer.from('u:p').toString('base64');
    const other = Buffer.from('other:p').toString('base64');
    const dockerConfig = file('auths.json', JSON.stringify({ auths: { 'm.example': { auth }, 'quay.io': { auth: other } } })); // prettier-ignore
    assert.deepEqual(await login(await open({ credentials: { dockerConfig } })), { username: 'u', password: 'p' });
  });

  test('what cannot be used is told with key and file, never with what is in it', async () => {
    const none = { username: 'u', passwordFile: 'none' };
    await refused({ credentials: none }, ['credentials.passwordFile: FOLDER/none: no such file or directory']);
    const empty = { username: 'u', passwordFile: file('empty', '\n') };
    await refused({ credentials: empty }, ['credentials.passwordFile: FOLDER/empty: empty']);
    const variable = { username: 'u', passwordEnv: 'SECRET' };
    for (const env of [{}, { SECRET: '' }]) {
      await refused({ credentials: variable }, ['credentials.passwordEnv: the variable SECRET is not set'], env);
    }
    const lines = { tokenFile: file('lines', 'a\nb\n') };
    const noToken = 'not a token: it has spaces, lines or letters beyond ASCII';
    await refused({ credentials: lines }, [`credentials.tokenFile: FOLDER/lines: ${noToken}`]);
    const json = { dockerConfig: file('bad.json', '{"auths": hunter2') };
    await refused({ credentials: json }, ['credentials.dockerConfig: FOLDER/bad.json: not JSON']);
    await refused({ credentials: { tokenFile: '.' } }, [
      'credentials.tokenFile: FOLDER: illegal operation on a directory',
    ]);
  });
});

describe('what an endpoint is', () => {
  test('http is tried only on this machine, where nobody said a URL and nothing secret is sent', async () => {
    const { upstreams } = await read({
      flags: { '--upstream': ['localhost:5000', 'quay.io', '127.0.0.1=https://[::1]:1'] },
    });
    const opened = (await Promise.all(upstreams.map((upstream) => openEndpoints(upstream, {})))).flat();
    assert.deepEqual(
      opened.map(({ url, tryPlainHttp }) => ({ url, tryPlainHttp })),
      [
        { url: 'https://localhost:5000', tryPlainHttp: true },
        { url: 'https://quay.io', tryPlainHttp: false },
        { url: 'https://[::1]:1', tryPlainHttp: false },
      ],
    );
    assert.equal((await open({ url: 'https://localhost' })).tryPlainHttp, false);
  });
});

describe('TLS of an endpoint', { skip: missing('openssl') }, () => {
  let ca: Pair;
  let client: Pair;
  let other: Pair;

  before(async () => {
    const authority = await Authority.create(folder);
    [ca, client, other] = [authority.pair, await authority.client('client'), await authority.client('other')];
  });

  test('own authority, certificate and key are read, and any certificate is taken when asked to', async () => {
    const { tls } = await open({ tls: { ca: 'ca.pem', cert: 'client.pem', key: 'client-key.pem', insecureSkipVerify: true } }); // prettier-ignore
    assert.deepEqual(tls, { ca: ca.cert, cert: client.cert, key: client.key, insecureSkipVerify: true });
    await createAgent(tls, DEFAULT_TIMEOUTS).close();
    assert.deepEqual((await open({})).tls, {});
  });

  test('a certificate may have those beside it that lead to its authority', async () => {
    const chain = file('chain.pem', `${client.cert}${ca.cert}`);
    const { tls } = await open({ tls: { cert: chain, key: 'client-key.pem' } });
    assert.equal(tls?.cert, `${client.cert}${ca.cert}`);
  });

  test('all that cannot be used is told at once, with key and file', async () => {
    await refused({ tls: { ca: 'none.pem', cert: 'client-key.pem', key: 'client.pem' } }, [
      'tls.ca: FOLDER/none.pem: no such file or directory',
      'tls.cert: FOLDER/client-key.pem: no certificate (PEM)',
      'tls.key: FOLDER/client.pem: no private key (PEM)',
    ]);
    const broken = file('broken.pem', `${ca.cert}${other.cert.replace(/\n.{20}/, '\nAAAA')}`);
    await refused({ tls: { ca: broken } }, ['tls.ca: FOLDER/broken.pem: certificate 2 of 2 cannot be read']);
    await refused({ tls: { cert: 'client.pem', key: 'other-key.pem' } }, [
      'tls.key: FOLDER/other-key.pem: not the key of the certificate FOLDER/client.pem',
    ]);
  });

  test('an encrypted key is refused as that', async () => {
    const [plain, encrypted] = ['client-key.pem', 'encrypted.pem'].map((name) => join(folder, name));
    await run(tool('openssl'), ['pkcs8', '-topk8', '-in', plain!, '-out', encrypted!, '-passout', 'pass:hunter2']);
    await refused({ tls: { cert: 'client.pem', key: 'encrypted.pem' } }, [
      'tls.key: FOLDER/encrypted.pem: an encrypted key: only one without a passphrase is read',
    ]);
  });
});
