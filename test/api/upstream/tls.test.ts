import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { before, describe, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { parseHost } from '../../../api/oci/repository.ts';
import { endpointsFor } from '../../../api/upstream/endpoint-options.ts';
import type { TlsOptions } from '../../../api/upstream/agent.ts';
import { missing } from '../../support/clients/requires.ts';
import { Authority, type Pair } from '../../support/upstream/certificates.ts';
import { challenge, FakeUpstream, manifestReply, redirect } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const { manifest, layers } = tinyImage();
const PATH = 'GET /v2/a/manifests/v1';
const get = ({ registry }: UnderTest): Promise<unknown> => registry.getManifest(repo('a'), ref('v1'));

describe('an upstream with TLS', { skip: missing('openssl') }, () => {
  let authority: Authority;
  let [server, elsewhere, client]: Pair[] = [];
  before(async () => {
    authority = await Authority.create(tempFolder());
    [server, elsewhere, client] = await Promise.all([
      authority.server('server'),
      authority.server('elsewhere', 'DNS:other.example'),
      authority.client('client'),
    ]);
  });

  async function upstreamWith(options: ServerOptions = {}): Promise<FakeUpstream> {
    const up = await FakeUpstream.start({ cert: server!.cert, key: server!.key, ...options });
    return up.on(PATH, manifestReply(manifest));
  }
  const over = ({ origin }: FakeUpstream, tls: TlsOptions = {}): UnderTest => registryOver({ url: origin, tls });

  test('is trusted by its authority, or by none', async () => {
    const up = await upstreamWith();
    await get(over(up, { ca: authority.ca }));
    await get(over(up, { insecureSkipVerify: true }));
  });

  test('that is not trusted is named with the reason, and asked once', async () => {
    const up = await upstreamWith();
    const under = over(up);
    const err = await fails(get(under), 'unreachable');
    const where = `up.example: GET a:v1: cannot reach ${up.origin}`;
    assert.equal(err.message, `${where}: certificate of an unknown authority`);
    assert.deepEqual(under.clock.sleeps, []);

    const selfSigned = await upstreamWith({ cert: authority.pair.cert, key: authority.pair.key });
    await fails(get(over(selfSigned)), 'unreachable', /: self-signed certificate$/);
    const other = await upstreamWith({ cert: elsewhere!.cert, key: elsewhere!.key });
    await fails(
      get(over(other, { ca: authority.ca })),
      'unreachable',
      /: its certificate is for another host: IP: 127.0.0.1/,
    );
    const plain = await FakeUpstream.start();
    await fails(get(registryOver(plain.origin.replace('http:', 'https:'))), 'unreachable', /: it does not speak TLS$/);
  });

  test('may want a client certificate, which it gets', async () => {
    const up = await upstreamWith({ ca: authority.ca, requestCert: true, rejectUnauthorized: true });
    const { cert, key } = client!;
    await get(over(up, { ca: authority.ca, cert, key }));
    await get(over(up, { insecureSkipVerify: true, cert, key }));
    await fails(get(over(up, { ca: authority.ca })), 'unreachable', /: it wants a client certificate$/);
  });

  test('alone sees the client certificate, not the hosts that it sends to', async () => {
    const [layer] = layers;
    const seen: boolean[] = [];
    const reply = (request: IncomingMessage, response: ServerResponse): void => {
      assert.ok(request.socket instanceof TLSSocket);
      seen.push(request.socket.authorized);
      response.end(layer!.bytes);
    };
    const options = { ca: authority.ca, requestCert: true, rejectUnauthorized: false };
    const [up, store] = await Promise.all([upstreamWith(options), upstreamWith(options)]);
    for (const each of [up, store]) each.on('GET /x', reply);
    // By another name it is another host.
    const other = store.origin.replace('127.0.0.1', 'localhost');
    up.on(`GET /v2/a/blobs/${layer!.digest}`, redirect(`${other}/x`), redirect(`${up.origin}/x`));
    const { cert, key } = client!;
    const { registry } = over(up, { ca: authority.ca, cert, key });
    for (let i = 0; i < 2; i++) {
      const { body } = await registry.openBlob(repo('a'), layer!.digest, undefined, { size: layer!.bytes.length });
      assert.deepEqual(await readBody(body), layer!.bytes);
    }
    assert.deepEqual(seen, [false, true]);
  });

  test('UP12 does not lead to http', async () => {
    const store = await FakeUpstream.start();
    const up = await upstreamWith();
    up.on(PATH, redirect(`${store.origin}/x`));
    await fails(get(over(up, { ca: authority.ca })), 'invalid', /: a redirect from https to http:\/\/127/);
    assert.deepEqual(store.asked, []);
  });

  test('UP8 has no realm at http', async () => {
    const auth = await FakeUpstream.start();
    const up = await upstreamWith();
    up.on(PATH, challenge(`Bearer realm="${auth.origin}/token"`));
    await fails(get(over(up, { ca: authority.ca })), 'invalid', /: its realm is at http:\/\/127.0.0.1:\d+, not https$/);
    assert.deepEqual(auth.asked, []);
  });

  test('that is on this machine is not asked by http, as it speaks TLS', async () => {
    const up = await upstreamWith();
    await fails(get(registryOver([...endpointsFor(parseHost(up.host))])), 'unreachable', /unknown authority$/);
    await get(registryOver([...endpointsFor(parseHost(up.host), { ca: authority.ca })]));
    await get(registryOver([...endpointsFor(parseHost(up.host), { insecure: true })]));
  });

  test('whose certificates are none cannot be made', () => {
    assert.throws(
      () => registryOver({ url: 'https://x.example', tls: { ca: 'garbage' } }),
      /https:\/\/x.example: tls: /,
    );
    assert.throws(
      () => registryOver({ url: 'https://x.example', tls: { cert: client!.cert } }),
      /^Error: https:\/\/x.example: tls: a certificate and its key need each other$/,
    );
    assert.throws(
      () => registryOver({ url: 'https://x.example', tls: { cert: client!.cert, key: server!.key } }),
      /^Error: https:\/\/x.example: tls: .*mismatch/,
    );
  });
});

describe('an upstream on this machine', () => {
  const over = ({ host }: FakeUpstream, options = {}): UnderTest =>
    registryOver([...endpointsFor(parseHost(host), options)]);

  test('is asked by http when it does not speak TLS, from then on', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, manifestReply(manifest));
    const under = over(up);
    await Promise.all([get(under), get(under)]);
    await get(under);
    assert.equal(up.asked.length, 3);
    assert.deepEqual(under.clock.sleeps, []);
    assert.ok(under.lines.some((line) => line.includes(`speaks no TLS, going on with ${up.origin}`)));
  });

  test('says 404 as any other', async () => {
    const up = await FakeUpstream.start();
    await assert.rejects(get(over(up)), { code: 'MANIFEST_UNKNOWN' });
  });

  test('that is not there is told as it was asked first', async () => {
    const up = await FakeUpstream.start();
    const under = over(up);
    const { host } = up;
    await up[Symbol.asyncDispose]();
    await fails(get(under), 'unreachable', new RegExp(`cannot reach https://${host}: connection refused$`));
  });

  test('is asked by http alone when that is said', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, manifestReply(manifest));
    const under = over(up, { plainHttp: true });
    await get(under);
    assert.deepEqual(under.lines, ['debug: up.example: GET a:v1: 200']);
  });

  test('UP1 is no other host, which is asked by https alone', () => {
    assert.deepEqual(endpointsFor(parseHost('quay.io')), [{ url: 'https://quay.io', tls: {}, tryPlainHttp: false }]);
    assert.deepEqual(endpointsFor(parseHost('docker.io')), [
      { url: 'https://registry-1.docker.io', tls: {}, tryPlainHttp: false },
    ]);
    assert.deepEqual(
      ['localhost:5000', '127.0.0.1', '[::1]:5000', '10.0.0.1'].map(
        (host) => endpointsFor(parseHost(host))[0]!.tryPlainHttp,
      ),
      [true, true, true, false],
    );
  });
});
