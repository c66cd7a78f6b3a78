import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { changedKeys } from '../../cmd/changed-keys.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { FakeUpstream, manifestReply } from '../support/upstream/fake-upstream.ts';
import { writeOciLayout } from '../support/write-images.ts';
import { startServe, type Running } from './program.ts';

/** The program with a configuration file that may be written again. */
async function served(text: string, prepare: (folder: string) => Promise<void> = () => Promise.resolve()) {
  const folder = tempFolder();
  const path = join(folder, 'config.yaml');
  await prepare(folder);
  await writeFile(path, text);
  const running = await startServe(['--config', path, '--images', join(folder, 'images')]);
  let reloads = 0;
  /** Gives the lines of the log that the reload wrote. */
  const reload = async (changed: string): Promise<Record<string, unknown>[]> => {
    await writeFile(path, changed);
    running.child.kill('SIGHUP');
    reloads++;
    const told = (): Record<string, unknown>[] => {
      const lines = linesOf(running);
      const asked = lines.flatMap(({ message }, i) => (String(message).startsWith('SIGHUP') ? [i] : []));
      return asked.length < reloads ? [] : lines.slice(asked.at(-1)! + 1);
    };
    await eventually('it is reloaded', () =>
      told().some(({ message }) => /^(?:configuration|not) reloaded/.test(String(message))),
    );
    return told();
  };
  return { ...running, folder, path, reload };
}

const linesOf = ({ stderr }: Pick<Running, 'stderr'>): Record<string, unknown>[] =>
  stderr()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message }) => message !== 'request');

const messages = (lines: readonly Record<string, unknown>[]): string[] =>
  lines.map(({ level, message }) => `${String(level)}: ${String(message)}`);

describe('a reload', { concurrency: 2 }, () => {
  test('applies what has changed, and says which keys', async () => {
    await using server = await served('catalog: true\nlimits: { connections: 100 }');
    const catalog = async (): Promise<number> => (await fetch(`${server.url}/v2/_catalog`)).status;
    assert.equal(await catalog(), 200);
    const lines = await server.reload('catalog: false\nlimits: { connections: 200, requests: 75 }\nshutdownGrace: 1s');
    assert.deepEqual(messages(lines), [
      'info: configuration reloaded: changed: shutdownGrace, limits.connections, limits.connectionsPerClient, ' +
        'limits.requests, limits.requestsPerClient, limits.blobStreams, limits.blobStreamsPerClient, catalog',
    ]);
    assert.equal(await catalog(), 404);
    const again = await server.reload('catalog: false\nlimits: { connections: 200, requests: 75 }\nshutdownGrace: 1s');
    assert.deepEqual(messages(again), ['info: configuration reloaded: nothing changed']);
  });

  test('keeps what is in force when anything is wrong, and says all of it', async () => {
    await using server = await served('catalog: false');
    const mistakes = await server.reload('catalog: yes please\nlimit: 3');
    assert.deepEqual(
      messages(mistakes),
      ['1: catalog: the text "yes please": allowed: true or false', '2: limit: unknown key, did you mean limits?'].map(
        (mistake) => `error: not reloaded, what was in force stays: ${server.path}:${mistake}`,
      ),
    );
    const missing = await server.reload('catalog: true\nmounts: [{ path: none }]');
    assert.deepEqual(messages(missing), [
      `error: not reloaded, what was in force stays: mount ${server.folder}/none: no such file or directory`,
    ]);
    assert.equal((await fetch(`${server.url}/v2/_catalog`)).status, 404);
    await server.reload('catalog: true');
    assert.equal((await fetch(`${server.url}/v2/_catalog`)).status, 200);
  });

  test('leaves to the next start what only that applies', async () => {
    await using server = await served('catalog: true');
    const lines = await server.reload('catalog: false\nlisten: { trustedProxies: [10.0.0.1] }');
    assert.deepEqual(messages(lines), [
      'warn: listen.trustedProxies: changed, and applied by the next start only',
      'info: configuration reloaded: changed: catalog',
    ]);
    assert.equal((await fetch(`${server.url}/v2/_catalog`)).status, 404);
  });

  test('changes what is logged, and how', async () => {
    await using server = await served('log: { level: warn }');
    server.child.kill('SIGHUP');
    await fetch(`${server.url}/v2/`);
    assert.equal(server.stderr(), '');
    await writeFile(server.path, 'log: { level: info, format: text }');
    server.child.kill('SIGHUP');
    await eventually('it is said', () => server.stderr().includes('INFO  configuration reloaded: changed: log.level'));
  });

  test('tells of a secret only where it is', async () => {
    const upstream = (password: string): string =>
      `upstreams: { quay.io: { endpoints: [{ url: 'https://quay.io', credentials: { username: u, passwordFile: ${password} } }] } }`;
    await using server = await served(upstream('one'), async (folder) => {
      await Promise.all(['one', 'two'].map((name) => writeFile(join(folder, name), `hunter2 ${name}`)));
    });
    const lines = await server.reload(upstream('two'));
    assert.deepEqual(messages(lines).at(-1), 'info: configuration reloaded: changed: upstreams.quay.io.endpoints');
    assert.doesNotMatch(server.stderr(), /hunter2/);
  });

  test('of an upstream lets a download through it end, for the client and on disk', async () => {
    const image = tinyImage({ layers: [randomBytes(3_000_000)] });
    const [layer] = image.layers;
    assert.ok(layer);
    const up = await FakeUpstream.start();
    const rest = Promise.withResolvers<undefined>();
    up.on('GET /v2/a/manifests/v1', manifestReply(image.manifest));
    up.on(`GET /v2/a/blobs/${layer.digest}`, (_request, response) => {
      response.writeHead(200, { 'content-length': layer.bytes.length });
      response.write(layer.bytes.subarray(0, 1_000_000));
      void rest.promise.then(() => response.end(layer.bytes.subarray(1_000_000)));
    });
    await using server = await served(`upstreams: { up.example: { endpoints: [{ url: '${up.origin}' }] } }`);
    const blob = `${server.url}/v2/up.example/a/blobs/${layer.digest}`;
    await (await fetch(`${server.url}/v2/up.example/a/manifests/v1`)).arrayBuffer();
    const [response] = (await once(get(blob), 'response')) as [IncomingMessage];
    await once(response, 'readable');

    const lines = await server.reload('airGapped: true\nupstreams: { up.example: }');
    assert.match(messages(lines).at(-1)!, /reloaded: changed: .*airGapped/);
    rest.resolve(undefined);
    assert.ok(Buffer.concat((await response.toArray()) as Buffer[]).equals(layer.bytes));
    await eventually('it is kept', async () => (await fetch(blob, { method: 'HEAD' })).status === 200);
  });

  test('after the other under load fails no request, and drops no connection', async () => {
    const image = tinyImage({ layers: [randomBytes(200_000)] });
    await using server = await served('catalog: true', (folder) =>
      writeOciLayout(join(folder, 'images/app'), [{ image, tag: 'v1' }]),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    let isOver = false;
    let answered = 0;
    const sockets = new Set<unknown>();
    const pull = async (): Promise<void> => {
      while (!isOver) {
        for (const path of ['manifests/v1', `blobs/${image.layers[0]!.digest}`]) {
          const [response] = (await once(get(`${server.url}/v2/app/${path}`, { agent }), 'response')) as [
            IncomingMessage,
          ];
          sockets.add(response.socket);
          assert.equal(response.statusCode, 200);
          await response.toArray();
          answered++;
        }
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, pull));
    for (let i = 0; i < 5; i++) {
      const before = answered;
      await server.reload(`catalog: ${i % 2 === 1}`);
      await eventually('it goes on', () => answered > before + 20);
    }
    isOver = true;
    await clients;
    assert.equal(sockets.size, 8);
    agent.destroy();
  });
});

test('the keys that have changed are named as people write them, without their values', () => {
  const before = { a: 1, b: { c: [1], d: 'x' }, upstreams: { 'quay.io': { x: 1 } }, gone: 1 };
  const after = { a: 1, b: { c: [2], d: 'x' }, upstreams: { 'quay.io': { x: 2 } }, come: { y: 1 } };
  assert.deepEqual(changedKeys(before, after), ['b.c', 'upstreams.quay.io.x', 'gone', 'come']);
  assert.deepEqual(changedKeys(after, after), []);
});
