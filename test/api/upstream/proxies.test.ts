import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { digestOf } from '../../../api/oci/digest.ts';
import type { TlsOptions } from '../../../api/upstream/agent.ts';
import type { ProxyOptions } from '../../../api/upstream/proxy-rules.ts';
import { missing } from '../../support/clients/requires.ts';
import { Authority, type Pair } from '../../support/upstream/certificates.ts';
import { blobReply, challenge, FakeUpstream, manifestReply, redirect } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { ForwardProxy } from '../../support/upstream/forward-proxy.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest } = tinyImage();
const bytes = randomBytes(200_000);
const digest = digestOf(bytes);
const PATH = 'GET /v2/a/manifests/v1';
const BLOB = `GET /v2/a/blobs/${digest}`;
const LOGIN = 'ann:p@ss/word';
const SECRETS = /p@ss|p%40ss|YW5u/;

const get = ({ registry }: UnderTest): Promise<unknown> => registry.getManifest(repo('a'), ref('v1'));
const pull = async ({ registry }: UnderTest): Promise<Buffer> =>
  readBody((await registry.openBlob(repo('a'), digest)).body);

describe('UP12 an upstream by http', () => {
  async function behind(
    proxy: ProxyOptions,
    login?: string,
  ): Promise<{ up: FakeUpstream; via: ForwardProxy; under: UnderTest }> {
    const up = await FakeUpstream.start();
    up.on(PATH, manifestReply(manifest)).on(BLOB, blobReply(bytes));
    const via = await ForwardProxy.start({
      routes: { 'up.test:5000': up.host },
      ...(login !== undefined && { login }),
    });
    const httpProxy = proxy.httpProxy?.replace('HOST', via.host);
    const under = registryOver({
      url: 'http://up.test:5000',
      proxy: { ...proxy, ...(httpProxy !== undefined && { httpProxy }) },
      credentials: () => Promise.resolve({ username: 'bob', password: 'x' }),
    });
    return { up, via, under };
  }

  test('is asked through the proxy, which alone knows its name', async () => {
    const { up, via, under } = await behind({ httpProxy: 'http://HOST' });
    await get(under);
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(via.lines[0], 'GET http://up.test:5000/v2/a/manifests/v1');
    assert.deepEqual([via.lines.length, up.asked[0]!.headers.host], [2, 'up.test:5000']);
  });

  test('is sent what is for it, and the proxy what is for the proxy', async () => {
    const { up, under } = await behind({ httpProxy: 'HOST' });
    up.on(PATH, challenge('Basic realm="x"'), manifestReply(manifest));
    await get(under);
    assert.match(up.asked[1]!.headers.authorization!, /^Basic /);
    const { up: guarded, under: known } = await behind({ httpProxy: 'http://ann:p%40ss%2Fword@HOST' }, LOGIN);
    await get(known);
    assert.equal(guarded.asked[0]!.headers['proxy-authorization'], undefined);
  });

  test('cannot be asked through a proxy that wants another login, or does not pass on', async () => {
    const { up, via, under } = await behind({ httpProxy: 'http://ann:wrong-p%40ss@HOST' }, LOGIN);
    const err = await fails(get(under), 'unreachable');
    const where = 'up.example: GET a:v1: cannot reach http://up.test:5000';
    assert.equal(err.message, `${where}: the proxy http://${via.host}: 407, it wants a login`);
    assert.doesNotMatch(under.lines.join(), SECRETS);
    assert.deepEqual([via.lines.length, up.asked.length], [1, 0]);
  });

  test('cannot be asked through a proxy that is not there', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const { under } = await behind({ httpProxy: `http://ann:p%40ss@127.0.0.1:${port}` });
    const err = await fails(get(under), 'unreachable');
    assert.match(err.message, /up.test:5000: the proxy http:\/\/127.0.0.1:\d+: connection refused$/);
    assert.doesNotMatch(`${err.message}${under.lines.join()}`, SECRETS);
  });

  test('on this machine is asked straight, as is one that is excepted', async () => {
    const { up, via } = await behind({});
    await get(registryOver({ url: up.origin, proxy: { httpProxy: `http://${via.host}` } }));
    const excepted = registryOver({ url: 'http://up.invalid', proxy: { httpProxy: via.host, noProxy: '.invalid' } });
    await fails(get(excepted), 'unreachable', /cannot reach http:\/\/up.invalid: (no such host|the name server)/);
    assert.deepEqual(via.lines, []);
  });

  for (const httpProxy of ['socks5://ann:p@ss@proxy', 'http://ann:p@ss:x@proxy:99999', 'http://ann:p@ss@[']) {
    test(`cannot be made with the proxy ${JSON.stringify(httpProxy)}, which is not shown`, () =>
      assert.throws(
        () => registryOver({ url: 'http://up.test', proxy: { httpProxy } }),
        /^Error: http:\/\/up.test: proxy: httpProxy is no http or https URL$/,
      ));
  }
});

describe('UP12 an upstream by https', { skip: missing('openssl') }, () => {
  let authority: Authority;
  let [server, client]: Pair[] = [];
  before(async () => {
    authority = await Authority.create(tempFolder());
    [server, client] = await Promise.all([
      authority.server('server', 'DNS:up.test,DNS:store.test'),
      authority.client('client'),
    ]);
  });

  interface Behind {
    readonly up: FakeUpstream;
    readonly via: ForwardProxy;
    readonly over: (tls?: TlsOptions, url?: string, proxyUrl?: string) => UnderTest;
  }

  async function behind(login?: string): Promise<Behind> {
    const { cert, key } = server!;
    const tls = { cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
    const up = await FakeUpstream.start(tls);
    up.on(PATH, manifestReply(manifest)).on(BLOB, blobReply(bytes));
    const routes = { 'up.test:443': up.host, 'store.test:443': up.host };
    const via = await ForwardProxy.start({ routes, ...(login !== undefined && { login }) });
    const over: Behind['over'] = (more = {}, url = 'https://up.test', httpsProxy = `http://${via.host}`) =>
      registryOver({ url, tls: { ca: authority.ca, ...more }, proxy: { httpsProxy } });
    return { up, via, over };
  }

  test('is asked through a tunnel, of which it is the other end', async () => {
    const { up, via, over } = await behind();
    const under = over();
    await get(under);
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(new Set(via.lines), new Set(['CONNECT up.test:443']));
    assert.equal(up.asked[0]!.headers.host, 'up.test');
  });

  test('sees the client certificate, which who it sends to does not', async () => {
    const { up, via, over } = await behind();
    const seen: boolean[] = [];
    up.on(BLOB, redirect('https://store.test/x'));
    up.on('GET /x', blobReply(bytes)).on(PATH, ({ socket }, response) => {
      assert.ok(socket instanceof TLSSocket);
      seen.push(socket.authorized);
      const { status = 200, headers, body } = manifestReply(manifest);
      response.writeHead(status, headers).end(body);
    });
    const { cert, key } = client!;
    const under = over({ cert, key });
    await get(under);
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(seen, [true]);
    assert.deepEqual(new Set(via.lines), new Set(['CONNECT up.test:443', 'CONNECT store.test:443']));
  });

  test('is trusted as without a proxy', async () => {
    const { over } = await behind();
    const untrusted = registryOver({ url: 'https://up.test', proxy: { httpsProxy: (await behind()).via.host } });
    await fails(get(untrusted), 'unreachable', /https:\/\/up.test: self-signed certificate in its chain$/);
    await get(over({ insecureSkipVerify: true }));
  });

  test('is asked through a proxy that wants a login, which nobody else sees', async () => {
    const { up, via, over } = await behind(LOGIN);
    const under = over({}, undefined, `http://ann:p%40ss%2Fword@${via.host}`);
    await get(under);
    assert.equal(up.asked[0]!.headers['proxy-authorization'], undefined);
    assert.doesNotMatch(under.lines.join(), SECRETS);
  });

  test('cannot be asked through a proxy that refuses, which is said without its login', async () => {
    const { up, via, over } = await behind(LOGIN);
    const under = over({}, undefined, `http://ann:wrong-p%40ss@${via.host}`);
    const err = await fails(get(under), 'unreachable');
    const where = 'up.example: GET a:v1: cannot reach https://up.test';
    assert.equal(err.message, `${where}: the proxy http://${via.host}: 407, it wants a login`);
    assert.deepEqual([via.lines.length, up.asked.length, under.clock.sleeps], [1, 0, []]);
    assert.doesNotMatch(`${String(err.cause)}${under.lines.join()}`, SECRETS);

    const { over: another, via: stranger } = await behind();
    const elsewhere = another({}, 'https://elsewhere.test:8443');
    await fails(get(elsewhere), 'unreachable', /the proxy http:\/\/127.0.0.1:\d+: 403, it does not let us through$/);
    assert.deepEqual(stranger.lines, ['CONNECT elsewhere.test:8443']);
  });

  test('is not waited for when the proxy is dead, silent or does not speak HTTP', async () => {
    const { up, over } = await behind();
    const { host } = up;
    await up[Symbol.asyncDispose]();
    const dead = over({}, undefined, `http://ann:p%40ss@${host}`);
    const err = await fails(get(dead), 'unreachable');
    assert.equal(
      err.message,
      `up.example: GET a:v1: cannot reach https://up.test: the proxy http://${host}: connection refused`,
    );

    const sockets = new Set<net.Socket>();
    const silent = net.createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    after(() => silent.close());
    const proxy = { httpsProxy: `127.0.0.1:${(silent.address() as AddressInfo).port}` };
    const under = registryOver({ url: 'https://up.test', proxy }, { timeouts: { connectMs: 50 } });
    await fails(get(under), 'unreachable', /the proxy http:\/\/127.0.0.1:\d+: connection timed out$/);
    for (const socket of sockets) socket.destroy();
    silent.on('connection', (socket) => socket.end('SSH-2.0-hello\r\n'));
    const other = registryOver({ url: 'https://up.test', proxy });
    await fails(get(other), 'unreachable', /the proxy http:\/\/127.0.0.1:\d+: Parse Error/);
  });
});
