import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import net, { type Socket } from 'node:net';
import { before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createApp } from '../../../api/http/app.ts';
import type { Limits } from '../../../api/http/limits.ts';
import type { HttpServer } from '../../../api/http/server.ts';
import type { TlsIdentity } from '../../../api/http/tls.ts';
import type { Body } from '../../../api/registry.ts';
import { missing } from '../../support/clients/requires.ts';
import { serveApp } from '../../support/http-client.ts';
import { createImages, index, silentLog } from '../../support/http-images.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { Authority, type Pair } from '../../support/upstream/certificates.ts';

const GET = 'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the server with TLS', { skip: missing('openssl') }, () => {
  let authority: Authority;
  let [first, second]: Pair[] = [];
  before(async () => {
    authority = await Authority.create(tempFolder());
    [first, second] = await Promise.all([authority.server('first'), authority.server('second')]);
  });

  const identityOf = ({ cert, key }: Pair): TlsIdentity => ({ cert, key, clientAuth: 'none' });

  async function served(
    identity = identityOf(first!),
    limits: Partial<Limits> = {},
    registry = createImages().registry,
  ) {
    const app = await createApp({ registry, lister: registry, log: silentLog });
    const { server, port } = await serveApp(app, { tls: identity, limits });
    return { server: server as HttpServer, port };
  }

  async function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = tls.connect({ port, host: '127.0.0.1', ca: authority.ca, ...options });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  async function asked(socket: Socket): Promise<string> {
    socket.write(GET);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString('latin1');
  }

  test('speaks TLS 1.3 and 1.2, with forward secrecy, and nothing older', async () => {
    const { port } = await served();
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      const socket = await connected(port, { minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
      assert.match(socket.getCipher().name, /^(?:TLS_|ECDHE-)/);
      socket.destroy();
    }
    const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await assert.rejects(connected(port, old));
    const weak: ConnectionOptions = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:AES128-SHA' };
    await assert.rejects(connected(port, weak));
  });

  test('shows the certificates that lead to its authority', async () => {
    const between = await authority.intermediate('between');
    const leaf = await between.server('leaf');
    const { port } = await served({ ...identityOf(leaf), cert: `${leaf.cert}${between.ca}` });
    (await connected(port)).destroy();
  });

  test('answers plain HTTP with 400 that says why', async () => {
    const { port } = await served();
    const socket = net.connect(port, '127.0.0.1');
    socket.write(GET);
    const text = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n[^]*"message":"this port speaks https, and was asked by http"/);
  });

  test('closes a connection that does not come to its handshake, and one that stops in it', async () => {
    const { port } = await served(identityOf(first!), { headersTimeoutMs: 150 });
    const silent = net.connect(port, '127.0.0.1').resume();
    const halfway = net.connect(port, '127.0.0.1').resume();
    halfway.on('error', () => undefined);
    halfway.write(Buffer.from('160301020001000001fc0303', 'hex'));
    await Promise.all([once(silent, 'close'), once(halfway, 'close')]);
  });

  test('tells a connection over the limit so, once it is secured', async () => {
    const { port } = await served(identityOf(first!), { connections: 1 });
    const open = await connected(port);
    assert.match(await asked(open), /^HTTP\/1\.1 200 /);
    assert.match(await asked(await connected(port)), /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/);
    open.destroy();
    let again = '';
    while (!again.startsWith('HTTP/1.1 200')) again = await asked(await connected(port));
  });

  test('shows another certificate from the next connection on, and keeps those that are open', async () => {
    const { server, port } = await served();
    const before = await connected(port);
    server.secure(identityOf(second!));
    const after = await connected(port);
    assert.equal(before.getPeerCertificate().subject.CN, 'first');
    assert.equal(after.getPeerCertificate().subject.CN, 'second');
    for (const socket of [before, after]) assert.match(await asked(socket), /^HTTP\/1\.1 200 /);
    for (const socket of [before, after]) socket.destroy();
  });

  test('goes on with the certificate it has when the next cannot be used', async () => {
    const { server, port } = await served();
    assert.throws(() => server.secure({ ...identityOf(second!), key: first!.key }), /mismatch/);
    assert.throws(() => server.secure({ ...identityOf(second!), cert: 'garbage' }));
    const socket = await connected(port);
    assert.equal(socket.getPeerCertificate().subject.CN, 'first');
    socket.destroy();
  });

  test('may begin to ask clients for certificates, or be plain, while it serves', async () => {
    const { server, port } = await served();
    const client = await authority.client('client');
    server.secure({ ...identityOf(first!), clientCa: authority.ca, clientAuth: 'require' });
    const shown = await connected(port, { cert: client.cert, key: client.key });
    assert.match(await asked(shown), /^HTTP\/1\.1 200 /);
    // TLS 1.3 refuses after the handshake.
    const without = await connected(port);
    without.write(GET);
    await assert.rejects(without.toArray(), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });

    server.secure({ ...identityOf(first!), clientCa: authority.ca, clientAuth: 'request' });
    assert.match(await asked(await connected(port)), /^HTTP\/1\.1 200 /);
    server.secure(undefined);
    const plain = net.connect(port, '127.0.0.1');
    assert.match(await asked(plain), /^HTTP\/1\.1 200 /);
    plain.destroy();
    shown.destroy();
  });

  test('cuts a client that takes nothing, and not one that takes little', async () => {
    const { registry } = createImages();
    let returned = 0;
    const endless = Object.create(registry) as typeof registry;
    endless.openBlob = (_repo, digest) => {
      const body: Body = {
        next: () => Promise.resolve({ done: false, value: Buffer.alloc(1_000_000) }),
        return: () => {
          returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
        [Symbol.asyncIterator]: () => body,
      };
      return Promise.resolve({ descriptor: { mediaType: 'x', digest, size: 1e9 }, body });
    };
    const { port } = await served(identityOf(first!), { writeIdleMs: 400 }, endless);
    const path = `/v2/a/blobs/${index.manifest.digest}`;
    const read = async (): Promise<IncomingMessage> => {
      const request = https.get({ port, host: '127.0.0.1', path, ca: authority.ca, agent: false });
      request.on('error', () => undefined);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.on('error', () => undefined);
      return response;
    };
    const [slow, stalled] = [await read(), await read()];
    stalled.pause();
    let allowed = 0;
    slow.on('data', (chunk: Buffer) => {
      allowed -= chunk.length;
      if (allowed <= 0) slow.pause();
    });
    // For much longer than a client may take nothing.
    for (let round = 0; round < 12 || returned === 0; round++) {
      allowed += 500_000;
      slow.resume();
      await setTimeout(100);
    }
    assert.equal(returned, 1);
    stalled.destroy();
    slow.destroy();
  });
});
