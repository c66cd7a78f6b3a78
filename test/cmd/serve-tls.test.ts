import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import tls from 'node:tls';
import type { TlsIdentity } from '../../api/http/tls.ts';
import { TlsFiles } from '../../cmd/tls.ts';
import { eventually } from '../support/clients/eventually.ts';
import { missing } from '../support/clients/requires.ts';
import { keepingLog } from '../support/keeping-log.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Authority, type Pair } from '../support/upstream/certificates.ts';
import { writeConfig } from './config-sources.ts';
import { runProgram, startServe } from './program.ts';

describe('serve with a certificate', { skip: missing('openssl'), concurrency: 2 }, () => {
  let authority: Authority;
  let [server, second, client]: Pair[] = [];
  let expired: Pair;
  before(async () => {
    authority = await Authority.create(tempFolder());
    [server, second, client] = await Promise.all([
      authority.server('server'),
      authority.server('second'),
      authority.client('client'),
    ]);
    expired = await authority.expired('expired');
  });

  async function ask(url: string, shown?: Pair): Promise<number> {
    const options = { agent: false, ca: authority.ca, ...(shown && { cert: shown.cert, key: shown.key }) };
    const [response] = (await once(get(`${url}/v2/`, options), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  }

  async function subjectAt(url: string): Promise<string | undefined> {
    const { hostname: host, port } = new URL(url);
    const socket = tls.connect({ host, port: Number(port), ca: authority.ca });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  test('says https where it listens, and answers there', async () => {
    const flags = ['--tls-cert', server!.certFile, '--tls-key', server!.keyFile];
    await using served = await startServe(flags, { cwd: tempFolder() });
    assert.match(served.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(await ask(served.url), 200);
  });

  test('requires certificates of clients once it knows who signs them', async () => {
    const { certFile, keyFile } = server!;
    const flags = ['--tls-cert', certFile, '--tls-key', keyFile, '--tls-client-ca', authority.pair.certFile];
    await using served = await startServe(flags, { cwd: tempFolder() });
    assert.equal(await ask(served.url, client), 200);
    await assert.rejects(ask(served.url));
  });

  test('takes what the file says, its paths relative to it, and may only request them', async () => {
    const folder = tempFolder();
    for (const [name, text] of Object.entries({ 'a.pem': server!.cert, 'a.key': server!.key, 'ca.pem': authority.ca }))
      await writeFile(join(folder, name), text);
    const config = join(folder, 'config.yaml');
    await writeFile(config, 'tls: { cert: a.pem, key: a.key, clientCa: ca.pem, clientAuth: request }');
    await using served = await startServe(['--config', config], { cwd: tempFolder() });
    assert.equal(await ask(served.url), 200);
    assert.equal(await ask(served.url, client), 200);
  });

  test('that has expired serves all the same, and says so', async () => {
    const flags = ['--tls-cert', expired.certFile, '--tls-key', expired.keyFile];
    await using served = await startServe(flags, { cwd: tempFolder() });
    await eventually('it is said', () => served.stderr().includes(`--tls-cert: ${expired.certFile}: it expired at `));
  });

  describe('cannot start, and says why', () => {
    const fails = async (args: readonly string[], ...lines: readonly string[]): Promise<void> => {
      const { status, stderr, stdout } = await runProgram(['serve', '--port', '0', ...args], { cwd: tempFolder() });
      assert.equal(stderr, lines.map((line) => `ociregistry: ${line}\n`).join(''));
      assert.equal(stdout, '');
      assert.equal(status, stderr.includes(' as well') ? 2 : 1);
    };

    test('when one of the two is missing', async () => {
      await fails(['--tls-cert', server!.certFile], '--tls-cert needs tls.key (--tls-key) as well');
      await fails(['--tls-key', server!.keyFile], '--tls-key needs tls.cert (--tls-cert) as well');
      await fails(
        ['--tls-client-ca', authority.pair.certFile],
        '--tls-client-ca needs tls.cert (--tls-cert) and tls.key (--tls-key) as well',
      );
    });

    test('when the files are none, all of them', async () => {
      const folder = tempFolder();
      const [garbage, none] = [join(folder, 'garbage'), join(folder, 'none')];
      await writeFile(garbage, 'nothing of the kind');
      await fails(
        ['--tls-cert', garbage, '--tls-key', none, '--tls-client-ca', garbage],
        `--tls-cert: ${garbage}: no certificate (PEM)`,
        `--tls-key: ${none}: no such file or directory`,
        `--tls-client-ca: ${garbage}: no certificate (PEM)`,
      );
    });

    test('when the key is another one, naming the file and the line that say so', async () => {
      const path = writeConfig(`tls:\n  cert: ${server!.certFile}\n  key: ${second!.keyFile}\n`);
      const message = `${path}:3: tls.key: ${second!.keyFile}: not the key of the certificate ${server!.certFile}`;
      await fails(['--config', path], message);
      const { stderr } = await runProgram(['config', 'check', '--config', path]);
      assert.equal(stderr, `ociregistry: ${message}\n`);
    });
  });

  test('shows a new one as soon as its files have changed, and the old one while they are half written', async () => {
    const folder = tempFolder();
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await replace(certFile, server!.cert);
    await replace(keyFile, server!.key);
    const args = ['--tls-cert', certFile, '--tls-key', keyFile];
    await using served = await startServe(args, { cwd: tempFolder() });

    await writeFile(certFile, second!.cert.slice(0, 200));
    await eventually('it is told of', () => served.stderr().includes('the one before stays: --tls-cert: '));
    await replace(certFile, second!.cert);
    await eventually('it is told of', () => served.stderr().includes('not the key of the certificate'));
    assert.equal(await subjectAt(served.url), 'server');
    await replace(keyFile, second!.key);
    await eventually('the new one is shown', async () => (await subjectAt(served.url)) === 'second');
  });
});

/** Nobody sees it half written. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

describe('the files of a certificate', { skip: missing('openssl') }, () => {
  test('are told of once when they are bad, and taken once when they are good', async () => {
    const folder = tempFolder();
    const authority = await Authority.create(folder);
    const [first, second] = [await authority.server('first'), await authority.server('second')];
    const config = {
      cert: { path: first.certFile, by: 'tls.cert' },
      key: { path: first.keyFile, by: 'tls.key' },
      clientAuth: 'none',
    } as const;
    const taken: (TlsIdentity | undefined)[] = [];
    const { log, lines } = keepingLog();
    const inUse = { cert: first.cert, key: first.key, clientAuth: 'none' } as const;
    using files = new TlsFiles(config, inUse, { use: (identity) => taken.push(identity), log, lookEveryMs: 5 });
    await replace(first.certFile, '');
    await eventually('it is told of', () => lines.length === 1);
    await replace(first.certFile, second.cert);
    await eventually('it is told of', () => lines.length === 2);
    await replace(first.keyFile, second.key);
    await eventually('it is taken', () => taken.length === 1);
    assert.equal(files.inUse?.cert, second.cert);
    assert.deepEqual(
      lines.map((line) => line.replaceAll(folder, '')),
      [
        'warn: the certificate has changed and cannot be used, the one before stays: tls.cert: /first.pem: no certificate (PEM)',
        'warn: the certificate has changed and cannot be used, the one before stays: tls.key: /first-key.pem: not the key of the certificate /first.pem',
        'info: the certificate in /first.pem has changed, and is in use now',
      ],
    );
  });
});
