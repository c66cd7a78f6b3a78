import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { eventually } from '../support/clients/eventually.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { digestsOf } from '../support/stored-blobs.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { blobReply, FakeUpstream, manifestReply, redirect, type Reply } from '../support/upstream/fake-upstream.ts';

const image = tinyImage();
const manifests = 'GET /v2/team/app/manifests/v1';
const MIB = 1024 * 1024;

/** Sends without end, until the other side has had enough; counts what it has sent. */
class Endless {
  sentBytes = 0;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #limit: number;

  constructor(headers: Readonly<Record<string, string>>, limit = 5 * 1024 * MIB) {
    this.#headers = headers;
    this.#limit = limit;
  }

  readonly reply: Reply = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, this.#headers);
    const chunk = Buffer.alloc(64 * 1024, 'a');
    const send = (): void => {
      while (!response.destroyed && this.sentBytes < this.#limit) {
        this.sentBytes += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', send);
    send();
  };
}

describe('what no upstream and no client should send', () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let upstream: FakeUpstream;
  let stranger: FakeUpstream;
  let cache: Cache;

  before(async () => {
    [upstream, stranger] = [await FakeUpstream.start(), await FakeUpstream.start()];
    const endpoints = [{ url: upstream.origin }];
    // The last one is an upstream that is called by its port.
    const upstreams = { 'quay.io': { endpoints }, [upstream.host]: { endpoints } };
    cache = stack.use(await startCache({ config: { upstreams } }));
  });
  beforeEach(() => (upstream.asked.length = 0));

  test('N2 N5 a host that is not configured is 404 at once, and nothing is dialled', async () => {
    const names = ['evil.example', '127.0.0.1:22', stranger.host];
    for (const host of names) {
      for (const [path, headers] of [
        [`/v2/team/app/manifests/v1?ns=${host}`, {}],
        [`/v2/team/app/blobs/${image.config.digest}?ns=${encodeURIComponent(host)}`, {}],
        [`/v2/team/app/tags/list?ns=${host}`, {}],
        ['/v2/team/app/manifests/v1', { 'X-Registry': host }],
      ] as const) {
        const answer = await cache.ask(path, { headers });
        assertRefused(answer, { status: 404, code: 'NAME_UNKNOWN' });
        assert.ok(answer.ms < 1_000, `${path}: ${answer.ms} ms`);
      }
    }
    assert.deepEqual([stranger.asked.length, await stranger.connections()], [0, 0]);
  });

  test('N5 a host in the path that is not configured is a part of the name, or no name at all', async () => {
    for (const [host, status, code] of [
      ['evil.example', 404, 'NAME_UNKNOWN'],
      ['127.0.0.1', 404, 'NAME_UNKNOWN'],
      ['127.0.0.1:22', 400, 'NAME_INVALID'],
      [stranger.host, 400, 'NAME_INVALID'],
    ] as const) {
      assertRefused(await cache.ask(`/v2/${host}/team/app/manifests/v1`), { status, code });
    }
    assert.deepEqual([stranger.asked.length, await stranger.connections()], [0, 0]);
  });

  test('N7 an empty ns, two of them, and a header that says another are 400', async () => {
    for (const [query, headers] of [
      ['?ns=', {}],
      ['?ns=quay.io&ns=docker.io', {}],
      ['?ns=quay.io', { 'X-Registry': 'docker.io' }],
    ] as const) {
      const { status } = await cache.ask(`/v2/team/app/manifests/v1${query}`, { headers });
      assert.equal(status, 400, query);
    }
    assert.deepEqual(upstream.lines, []);
  });

  test('N4 an upstream that is called by its port is reached by that in the path', async () => {
    upstream.on(manifests, manifestReply(image.manifest));
    for (const { digest, bytes } of [image.config, ...image.layers]) {
      upstream.on(`GET /v2/team/app/blobs/${digest}`, blobReply(bytes));
    }
    await assertPulled(cache, { name: `${upstream.host}/team/app` }, image, /; fwd=miss/);
    await untilKept(cache, image);
    await assertPulled(cache, { name: 'team/app', ns: upstream.host }, image, /; hit/);
  });

  test('UP16 a manifest of 30 MiB is cut at the limit and 502, in one line of the log', async () => {
    const type = { 'content-type': image.manifest.mediaType };
    for (const [name, headers] of [
      ['team/large', {}],
      ['team/honest', { 'content-length': String(30 * MIB) }],
    ] as const) {
      const manifest = new Endless({ ...type, ...headers }, 30 * MIB);
      upstream.on(`GET /v2/${name}/manifests/v1`, manifest.reply);
      await refused(name, /more than 4194304 bytes$/);
      assert.ok(manifest.sentBytes < 16 * MIB, `${manifest.sentBytes} bytes`);
    }
  });

  test('UP6 a token without end is cut at the limit and 502, in one line of the log', async () => {
    const token = new Endless({ 'content-type': 'application/json' });
    upstream.on('GET /v2/team/token/manifests/v1', {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${upstream.origin}/token",service="s"` },
    });
    upstream.on('GET /token', token.reply);
    await refused('team/token', /token of .*more than 1048576 bytes$/);
    assert.ok(token.sentBytes < 16 * MIB, `${token.sentBytes} bytes`);
  });

  test('UP12 a redirect without end is followed ten times and 502, in one line of the log', async () => {
    const path = '/v2/team/loop/manifests/v1';
    upstream.on(`GET ${path}`, redirect(path));
    await refused('team/loop', /more than 10 redirects$/);
    assert.equal(upstream.lines.length, 11);
  });

  test('nothing of what was refused is kept', async () => {
    assert.deepEqual(await cache.unfinished(), []);
    assert.deepEqual([...(await cache.kept())].sort(), digestsOf(image));
  });

  async function refused(name: string, message: RegExp): Promise<void> {
    const answer = await cache.ask(`/v2/${name}/manifests/v1?ns=quay.io`);
    const said = assertRefused(answer, { status: 502, code: 'UNKNOWN', message });
    assert.ok(answer.ms < 5_000, `${answer.ms} ms`);
    const told = () => cache.told().filter((line) => line.message.includes(name));
    await eventually('it is logged', () => told().length > 0);
    assert.deepEqual(
      told().map(({ level, message }) => [level, message]),
      [['warn', said]],
    );
  }
});
