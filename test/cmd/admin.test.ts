import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { layerOf, tinyImage } from '../support/tiny-image.ts';
import { FakeUpstream, manifestReply } from '../support/upstream/fake-upstream.ts';
import { writeSkopeoDir } from '../support/write-images.ts';
import { runProgram, startServe, type Running } from './program.ts';

/** Where the admin listener is, as the log says. */
async function adminOf({ stderr }: Running): Promise<string> {
  const where = (): string | undefined => /the admin listener is on (\S+?)["\s]/.exec(stderr())?.[1];
  await eventually('it is said where the admin listener is', () => where() !== undefined);
  return where()!;
}

async function json(url: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const answer = await fetch(url, init);
  return (await answer.json()) as Record<string, unknown>;
}

const post = (url: string, body?: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

const metric = async (admin: string, name: string): Promise<number | undefined> => {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
};

describe('serve --admin', { concurrency: 2 }, () => {
  test('there is none unless it is asked for', async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    assert.doesNotMatch(served.stderr(), /admin/);
  });

  test('it is on loopback, the log says where, and it becomes ready', async () => {
    await using served = await startServe(['--sample', '--admin', '0'], { cwd: tempFolder() });
    const admin = await adminOf(served);
    assert.match(admin, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.deepEqual(await json(`${admin}/livez`), { alive: true });
    await eventually('it is ready', async () => (await fetch(`${admin}/readyz`)).status === 200);
    assert.deepEqual(await json(`${admin}/readyz`), { ready: true, reasons: [] });

    await (await fetch(`${served.url}/v2/sample/hello/manifests/latest`)).arrayBuffer();
    await (await fetch(`${served.url}/v2/invented/manifests/latest`)).arrayBuffer();
    const requests = 'ociregistry_http_requests_total';
    assert.equal(await metric(admin, `${requests}{operation="getManifest",status="200"}`), 1);
    assert.equal(await metric(admin, `${requests}{operation="getManifest",status="404"}`), 1);
    assert.equal((await fetch(`${served.url}/metrics`)).status, 404);
    assert.equal((await post(`${served.url}/prune`, { keep: 1, dryRun: false })).status, 404);
  });

  test('a port that is in use ends the start, which says whose it was to be', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const ended = await runProgram(['serve', '--port', '0', '--admin', String(port)], { cwd: tempFolder() });
    taken.close();
    assert.equal(ended.status, 1);
    assert.equal(ended.stdout, '');
    assert.match(
      ended.stderr,
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(--admin\\): address already in use`),
    );
  });

  test('beyond loopback it warns that there is no login', async () => {
    await using served = await startServe(['--admin', '0.0.0.0:0'], { cwd: tempFolder() });
    await eventually('it warns', () => /whoever reaches \S+ can list and prune/.test(served.stderr()));
  });

  test('it may be a socket, for the user and the group alone; one that was left behind is replaced', async () => {
    const cwd = tempFolder();
    const path = join(cwd, 'admin.sock');
    const alive = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        http
          .get({ socketPath: path, path: '/livez' }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject);
      });
    await using killed = await startServe(['--admin', path], { cwd });
    assert.equal(await adminOf(killed), path);
    assert.equal(await alive(), 200);
    assert.equal((await stat(path)).mode & 0o777, 0o660);
    const second = await runProgram(['serve', '--port', '0', '--admin', './admin.sock'], { cwd });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /cannot listen on \.\/admin\.sock \(--admin\): address already in use/);
    assert.equal(await alive(), 200);

    await killed[Symbol.asyncDispose]();
    await assert.rejects(alive(), { code: 'ECONNREFUSED' });
    await using served = await startServe(['--admin', path], { cwd });
    assert.equal(await alive(), 200);
    served.child.kill('SIGTERM');
    await served.ended;
    await assert.rejects(alive(), { code: 'ENOENT' });
  });

  test('lists, and prunes when it is told that it is meant', async () => {
    const cwd = tempFolder();
    await writeSkopeoDir(join(cwd, 'images/app/v1'), tinyImage());
    await runProgram(['load', '--as', 'copy:v1', 'images/app/v1', '--images', 'images'], { cwd });
    await using served = await startServe(['--admin', '0'], { cwd });
    const admin = await adminOf(served);
    const names = async (query = ''): Promise<string[]> => {
      const { images } = (await json(`${admin}/images${query}`)) as { images: { repository: string; tag: string }[] };
      return images.map(({ repository, tag }) => `${repository}:${tag}`);
    };
    assert.deepEqual(await names(), ['app:v1', 'copy:v1']);
    assert.deepEqual(await names('?pattern=cop*:v1'), ['copy:v1']);
    const listed = await runProgram(['list', '--json', '--images', 'images'], { cwd });
    assert.deepEqual(await json(`${admin}/images`), JSON.parse(listed.stdout));

    const dry = (await (await post(`${admin}/prune`, { pattern: ['copy'] })).json()) as { images: unknown[] };
    assert.equal(dry.images.length, 1);
    assert.deepEqual(await names(), ['app:v1', 'copy:v1']);
    const wet = await post(`${admin}/prune`, { pattern: ['copy'], dryRun: false, unreferenced: true });
    assert.equal(wet.status, 200);
    const { freedBytes } = (await wet.json()) as { freedBytes: number };
    assert.ok(freedBytes > 0);
    assert.deepEqual(await names(), ['app:v1']);
    assert.equal(await metric(admin, 'ociregistry_pruned_bytes_total'), freedBytes);
    for (const body of [{}, { dryRun: false }, { olderThan: 'soon' }, { maxBytes: 'much' }]) {
      assert.equal((await post(`${admin}/prune`, body)).status, 400, JSON.stringify(body));
    }
  });

  test('reloads; a configuration that is wrong is told, and nothing changes', async () => {
    const cwd = tempFolder();
    const file = join(cwd, 'c.yaml');
    await writeFile(file, 'catalog: true\n');
    await using served = await startServe(['--config', file, '--admin', '0'], { cwd });
    const admin = await adminOf(served);
    await writeFile(file, 'catalog: false\n');
    const reloaded = await post(`${admin}/reload`);
    assert.equal(reloaded.status, 200);
    assert.deepEqual(((await reloaded.json()) as { changed: unknown }).changed, ['catalog']);
    assert.equal((await fetch(`${served.url}/v2/_catalog`)).status, 404);
    await writeFile(file, 'catalog: perhaps\n');
    const refused = await post(`${admin}/reload`);
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /c\.yaml:1: catalog/);
    assert.equal((await fetch(`${served.url}/v2/_catalog`)).status, 404);
  });

  test('tells what comes in, how the upstreams do, and what went over the wire', async () => {
    const image = tinyImage({ layers: [layerOf('large', 100_000)] });
    const layer = image.layers[0]!;
    const upstream = await FakeUpstream.start();
    upstream.on('GET /v2/app/manifests/v1', manifestReply(image.manifest, { 'ratelimit-remaining': '76;w=21600' }));
    const rest = Promise.withResolvers<undefined>();
    upstream.on(`GET /v2/app/blobs/${layer.digest}`, (_, response) => {
      response.writeHead(200, { 'content-length': layer.bytes.length });
      response.write(layer.bytes.subarray(0, 10));
      void rest.promise.then(() => response.end(layer.bytes.subarray(10)));
    });
    const host = `up.example=${upstream.origin}`;
    await using served = await startServe(['--upstream', host, '--admin', '0'], { cwd: tempFolder() });
    const admin = await adminOf(served);
    assert.deepEqual(await json(`${admin}/fills`), { fills: [] });
    await (await fetch(`${served.url}/v2/up.example/app/manifests/v1`)).arrayBuffer();
    const pull = await fetch(`${served.url}/v2/up.example/app/blobs/${layer.digest}`);

    const fill = {
      digest: layer.digest,
      repositories: ['up.example/app'],
      received: 10,
      size: layer.bytes.length,
      readers: 1,
    };
    await eventually('the fill has begun', async () => {
      const { fills } = (await json(`${admin}/fills`)) as { fills: { received: number }[] };
      return fills[0]?.received === 10;
    });
    assert.deepEqual(await json(`${admin}/fills`), { fills: [fill] });
    assert.equal(await metric(admin, 'ociregistry_fills_in_progress'), 1);
    rest.resolve(undefined);
    assert.deepEqual(Buffer.from(await pull.arrayBuffer()), layer.bytes);
    await eventually('nothing comes in', async () => (await metric(admin, 'ociregistry_fills_in_progress')) === 0);

    const { upstreams } = (await json(`${admin}/upstreams`)) as { upstreams: { host: string; endpoints: object[] }[] };
    assert.deepEqual(upstreams, [
      {
        host: 'up.example',
        endpoints: [
          {
            origin: upstream.origin,
            breaker: 'closed',
            pausedMs: 0,
            lastStatus: 200,
            rateLimit: { remaining: 76, windowSeconds: 21600 },
          },
        ],
      },
    ]);
    const up = 'upstream="up.example"';
    assert.equal(await metric(admin, `ociregistry_upstream_requests_total{${up},status="200"}`), 2);
    const bytes = layer.bytes.length + image.manifest.bytes.length;
    assert.equal(await metric(admin, `ociregistry_upstream_bytes_total{${up}}`), bytes);
    assert.equal(await metric(admin, `ociregistry_upstream_ratelimit_remaining{${up}}`), 76);
    assert.equal(await metric(admin, `ociregistry_cache_requests_total{${up},kind="blob",result="miss"}`), 1);
  });

  test('answers while 200 downloads run, and says that it stops while they end', async () => {
    const cwd = tempFolder();
    const image = tinyImage({ layers: [randomBytes(8_000_000)] });
    const layer = image.layers[0]!;
    await writeSkopeoDir(join(cwd, 'images/app/v1'), image);
    await using served = await startServe(['--admin', '0'], { cwd });
    const admin = await adminOf(served);
    const agent = new http.Agent({ maxSockets: 200 });
    const downloads = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const request = http.get(`${served.url}/v2/app/blobs/${layer.digest}`, { agent });
        const [answer] = (await once(request, 'response')) as [IncomingMessage];
        assert.equal(answer.statusCode, 200);
        return answer;
      }),
    );
    for (const path of ['livez', 'metrics', 'fills', 'images']) {
      assert.equal((await fetch(`${admin}/${path}`)).status, 200, path);
    }
    await eventually('it is ready', async () => (await fetch(`${admin}/readyz`)).status === 200);
    served.child.kill('SIGTERM');
    await eventually('it says so', async () => (await fetch(`${admin}/readyz`)).status === 503);
    const { reasons } = (await json(`${admin}/readyz`)) as { reasons: { code: string }[] };
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['STOPPING'],
    );
    const [first, ...others] = downloads;
    for (const other of others) other.destroy();
    let bytes = 0;
    for await (const chunk of first as AsyncIterable<Buffer>) bytes += chunk.length;
    assert.equal(bytes, layer.bytes.length);
    assert.equal((await served.ended).status, 0);
  });
});

describe('the log of serve', { concurrency: 2 }, () => {
  test('goes into a file, and into the next one once that was moved away and SIGHUP sent', async () => {
    const cwd = tempFolder();
    const file = join(cwd, 'serve.log');
    const env = { OCIREGISTRY_LOG_FILE: file };
    await using served = await startServe(['--sample'], { cwd, env });
    await (await fetch(`${served.url}/v2/`)).arrayBuffer();
    await eventually('it is logged', async () => (await readFile(file, 'utf8')).includes('"path":"/v2/"'));
    assert.equal((await stat(file)).mode & 0o777, 0o640);

    await rename(file, `${file}.1`);
    served.child.kill('SIGHUP');
    await eventually('there is a new one', () =>
      stat(file).then(
        () => true,
        () => false,
      ),
    );
    await (await fetch(`${served.url}/v2/sample/hello/tags/list`)).arrayBuffer();
    await eventually('it is logged there', async () => (await readFile(file, 'utf8')).includes('tags/list'));
    assert.doesNotMatch(await readFile(`${file}.1`, 'utf8'), /tags\/list/);
    assert.equal(served.stderr(), '');
  });

  test('cannot go where nothing can be written: the start says so', async () => {
    const env = { OCIREGISTRY_LOG_FILE: 'missing/serve.log' };
    const ended = await runProgram(['serve', '--port', '0'], { cwd: tempFolder(), env });
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /log file missing\/serve\.log: no such file or directory/);
  });

  test('tells of each pull where that is asked for, as JSON, whatever the level and the format', async () => {
    const env = { OCIREGISTRY_LOG_AUDIT: 'true', OCIREGISTRY_LOG_LEVEL: 'error', OCIREGISTRY_LOG_FORMAT: 'text' };
    const args = ['--sample', '--upstream', 'quay.io', '--air-gapped'];
    await using served = await startServe(args, { cwd: tempFolder(), env });
    const manifest = await fetch(`${served.url}/v2/sample/hello/manifests/latest`, {
      headers: { 'x-request-id': 'one' },
    });
    const bytes = (await manifest.arrayBuffer()).byteLength;
    const digest = manifest.headers.get('docker-content-digest')!;
    await fetch(`${served.url}/v2/sample/hello/manifests/latest`, { method: 'HEAD' });
    await (await fetch(`${served.url}/v2/sample%2Fhello/blobs/${digest}?ns=quay.io`)).arrayBuffer();
    await (await fetch(`${served.url}/v2/sample/hello/tags/list`)).arrayBuffer();
    await fetch(`${served.url}/v2/sample/hello/manifests/latest`, { headers: { 'if-none-match': `"${digest}"` } });
    const lines = (): string[] =>
      served
        .stderr()
        .split('\n')
        .filter((line) => line !== '');
    await eventually('all are told', () => lines().length >= 3);
    const told = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(typeof told[0]!['timestamp'], 'string');
    for (const one of told) delete one['timestamp'];
    const common = { level: 'info', message: 'audit', client: '127.0.0.1' };
    assert.deepEqual(told[0], {
      ...common,
      repository: 'sample/hello',
      kind: 'manifest',
      reference: 'latest',
      digest,
      outcome: 'pulled',
      status: 200,
      bytes,
      requestId: 'one',
    });
    assert.deepEqual(
      told.map(({ repository, kind, reference, outcome }) => [repository, kind, reference, outcome]),
      [
        ['sample/hello', 'manifest', 'latest', 'pulled'],
        ['quay.io/sample/hello', 'blob', digest, 'unknown'],
        ['sample/hello', 'manifest', 'latest', 'unchanged'],
      ],
    );
  });
});
