import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Digester } from '../../api/oci/digest.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { writeArchive } from '../support/write-archive.ts';
import { writeCraneFolder, writeOciLayout, writeSkopeoDir } from '../support/write-images.ts';
import { canBeUnprivileged, runProgram, startServe, type Running } from './program.ts';

describe('serve', { concurrency: 2 }, () => {
  test('prints one line when it is ready, with the real port, and answers there', async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    assert.match(served.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal((await fetch(`${served.url}/v2/`)).status, 200);
    served.child.kill('SIGTERM');
    assert.equal((await served.ended).stdout, `listening on ${served.url}\n`);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  test('an IPv6 address stands in brackets', { skip: !hasIpv6 && 'no IPv6 here' }, async () => {
    await using served = await startServe(['--host', '::1'], { cwd: tempFolder() });
    assert.match(served.url, /^http:\/\/\[::1\]:[1-9]\d*$/);
    assert.equal((await fetch(`${served.url}/v2/`)).status, 200);
  });

  test('makes the images folder when its parent exists', async () => {
    const images = join(tempFolder(), 'images');
    await using served = await startServe(['--images', images]);
    assert.ok((await stat(images)).isDirectory());
    assert.equal((await fetch(`${served.url}/v2/`)).status, 200);
  });

  test('serves mounts under their prefix, and merges in one without', async () => {
    const folder = tempFolder();
    await writeSkopeoDir(join(folder, 'iso/app/v1'), tinyImage({ seed: 'iso' }));
    await writeSkopeoDir(join(folder, 'more/tool/v2'), tinyImage({ seed: 'more' }));
    await using served = await startServe(['--mount', 'product/x=iso', '--mount', '=more'], { cwd: folder });
    for (const path of ['product/x/app/manifests/v1', 'tool/manifests/v2']) {
      assert.equal((await fetch(`${served.url}/v2/${path}`)).status, 200, path);
    }
    assert.equal((await fetch(`${served.url}/v2/app/manifests/v1`)).status, 404);
  });

  test('serves the sample only when asked to', async () => {
    const cwd = tempFolder();
    await using plain = await startServe([], { cwd });
    assert.equal((await fetch(`${plain.url}/v2/sample/hello/manifests/latest`)).status, 404);
    await using served = await startServe(['--sample'], { cwd });
    assert.equal((await fetch(`${served.url}/v2/sample/hello/manifests/latest`)).status, 200);
  });

  test('logs each request to stderr, as JSON where nobody watches', async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    await fetch(`${served.url}/v2/`);
    served.child.kill('SIGTERM');
    const entries = (await served.ended).stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const access = entries.find(({ path }) => path === '/v2/');
    assert.equal(access?.['status'], 200);
    assert.equal(access['method'], 'GET');
  });
});

describe('a serve that cannot start says why in one line, with status 1', { concurrency: 2 }, () => {
  const fails = async (args: readonly string[], message: string, options: Parameters<typeof runProgram>[1] = {}) => {
    const { status, stdout, stderr } = await runProgram(['serve', ...args], options);
    assert.equal(stderr, `ociregistry: ${message}\n`);
    assert.equal(stdout, '');
    assert.equal(status, 1);
  };

  test('when the images folder is a file', async () => {
    const file = join(tempFolder(), 'file');
    await writeFile(file, '');
    await fails(['--images', file], `images folder ${file}: not a directory`);
  });

  test('when the parent of the images folder is missing', async () => {
    const parent = join(tempFolder(), 'no');
    await fails(
      ['--images', `${parent}/images`],
      `images folder ${parent}/images: cannot be made: its parent folder ${parent} does not exist`,
    );
  });

  test('when the parent of the images folder is a file', async () => {
    const file = join(tempFolder(), 'file');
    await writeFile(file, '');
    await fails(['--images', `${file}/images`], `images folder ${file}/images: cannot be made: not a directory`);
  });

  test('when the images folder cannot be read', { skip: !canBeUnprivileged && 'needs setpriv' }, async () => {
    const images = join(tempFolder(), 'images');
    await mkdir(images);
    await chmod(images, 0o000);
    await fails(['--images', images], `images folder ${images}: permission denied`, { unprivileged: true });
  });

  test('when the images folder cannot be made', { skip: !canBeUnprivileged && 'needs setpriv' }, async () => {
    const parent = tempFolder();
    await chmod(parent, 0o500);
    const message = `images folder ${parent}/images: cannot be made: permission denied`;
    await fails(['--images', `${parent}/images`], message, { unprivileged: true });
  });

  test('when a mount is missing', async () => {
    const folder = tempFolder();
    await fails(['--mount', 'p=no'], 'mount no: no such file or directory', { cwd: folder });
  });

  test('when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await fails(
      ['--port', String(port)],
      `cannot listen on 127.0.0.1:${port}: address already in use (--port 0 picks a free port)`,
      { cwd: tempFolder() },
    );
    other.close();
  });

  test('when the address is not one of this machine', async () => {
    // 192.0.2.0/24 is for documentation: no machine has it.
    await fails(['--host', '192.0.2.1', '--port', '5000'], 'cannot listen on 192.0.2.1:5000: address not available', {
      cwd: tempFolder(),
    });
  });

  test('and where in the code too, when the level is debug', async () => {
    const { status, stderr } = await runProgram(['serve', '--images', '/no/such', '--log-level', 'debug']);
    assert.match(stderr, /^ociregistry: images folder .*\n(?:.*\n)* +at /);
    assert.equal(status, 1);
  });
});

describe('stopping', { concurrency: 2 }, () => {
  test('SIGHUP ends nothing: it will reload the configuration', async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    served.child.kill('SIGHUP');
    await logLine(served, 'SIGHUP');
    assert.equal((await fetch(`${served.url}/v2/`)).status, 200);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} lets a slow download end, takes no new connection, and exits 0`, async () => {
      await using download = await startDownload();
      const { served, response, digest } = download;
      served.child.kill(signal);
      await logLine(served, signal);
      await assert.rejects(fetch(`${served.url}/v2/`));

      const digester = new Digester('sha256');
      for await (const chunk of response) digester.update(chunk as Buffer);
      assert.equal(digester.digest(), digest);
      assert.equal((await served.ended).status, 0);
    });
  }

  test('a second signal ends at once what is in progress, and exits 0', async () => {
    await using download = await startDownload();
    const { served, response } = download;
    served.child.kill('SIGTERM');
    await logLine(served, 'SIGTERM');
    served.child.kill('SIGTERM');
    assert.equal((await served.ended).status, 0);
    await assert.rejects(response.toArray());
  });

  test('connections without a request are closed at once, those that never had one too', async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    const silent = await open(served);
    const halfway = await open(served);
    halfway.write('GET /v2/ HTTP/1.1\r\nHost: a\r\n');
    const kept = await open(served);
    kept.write('GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    served.child.kill('SIGTERM');
    assert.equal((await served.ended).status, 0);
    for (const socket of [silent, halfway, kept]) socket.destroy();
  });

  test('a compressed archive is unpacked before somebody asks for it', async () => {
    const images = tempFolder();
    const source = tempFolder();
    await writeCraneFolder(source, tinyImage(), 'x/y:v1');
    const archive = join(images, 'bundle.tar.gz');
    await writeArchive(archive, source);
    const copied = new Date(Date.now() - 60_000);
    await utimes(archive, copied, copied);
    await using served = await startServe(['--images', images]);
    await eventually('the archive is unpacked', async () => {
      const names = await readdir(join(images, '_unpacked')).catch(() => []);
      return names.some((name) => name.endsWith('.tar'));
    });
    assert.equal((await fetch(`${served.url}/v2/x/y/manifests/v1`)).status, 200);
  });
});

/** A download that has begun and that the client does not read on. */
async function startDownload() {
  const folder = tempFolder();
  // More than the buffers of both sockets hold.
  const image = tinyImage({ layers: [randomBytes(32 * 1024 * 1024)] });
  await writeOciLayout(join(folder, 'images/big'), [{ image, tag: 'v1' }]);
  const served = await startServe([], { cwd: folder });
  const [layer] = image.layers;
  assert.ok(layer);
  const request = get(`${served.url}/v2/big/blobs/${layer.digest}`);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  return { served, response, digest: layer.digest, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

/** Waits until the log has a word. */
async function logLine({ child, stderr, ended }: Running, word: string): Promise<void> {
  while (!stderr().includes(word)) {
    await Promise.race([once(child.stderr, 'data'), ended]);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`serve ended without saying ${word}`);
  }
}

async function open({ url }: Running): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
