import assert from 'node:assert/strict';
import { clientTests } from '../support/clients/client-test.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache } from '../support/pull/cache.ts';
import { pushImage } from '../support/pull/push-image.ts';
import { tinyImage, tinyIndex, type TinyIndex } from '../support/tiny-image.ts';
import { Authority } from '../support/upstream/certificates.ts';
import { DISTRIBUTION, startDistribution } from '../support/upstream/distribution.ts';
import { startNginx } from '../support/upstream/nginx.ts';

/** Upstreams that answer. Each has an image of its own: a blob that one gave is not fetched from another. */
const WAYS = {
  'one-way.example': 'TLS whose server is verified with our own authority',
  'mutual.example': 'TLS with a client certificate, verified',
  'unverified.example': 'TLS that is explicitly not verified',
  'mutual-unverified.example': 'TLS with a client certificate, not verified',
  'without-nginx.example': 'TLS with a client certificate, of distribution itself',
};

const imageOf = (host: string): TinyIndex =>
  tinyIndex([tinyImage({ seed: host }), tinyImage({ seed: `arm ${host}`, architecture: 'arm64' })]);

/** Sooner than after all that a request may wait, also on a busy machine. */
const QUICK_MS = 5_000;

/** One upstream for each way of being configured, in one program: they have the same images, and each its own breaker. */
const tlsTest = clientTests([...DISTRIBUTION, 'nginx', 'openssl'], async (stack) => {
  const folder = stack.use(await tempFolder('upstreams-tls')).path;
  const authority = await Authority.create(folder);
  const stranger = await Authority.create(folder, 'other-ca');
  const tls = await authority.server('server');
  const elsewhere = await authority.server('elsewhere', 'DNS:registry.example');
  const client = await authority.client('client');
  const strange = await stranger.client('strange-client');

  const data = `${folder}/data`;
  const registry = stack.use(await startDistribution({ folder, data }));
  const strict = stack.use(await startDistribution({ folder, data, tls, clientAuthority: authority }));
  const nginx = stack.use(
    await startNginx(
      { folder, upstream: registry.url },
      { oneWay: { tls }, mutual: { tls, clientAuthority: authority }, elsewhere: { tls: elsewhere } },
    ),
  );
  for (const host of Object.keys(WAYS)) await pushImage(registry.url, host, 'v1', imageOf(host));

  const ca = authority.pair.certFile;
  const { oneWay, mutual } = nginx.urls;
  const own = { cert: client.certFile, key: client.keyFile };
  const endpoints = {
    'one-way.example': { url: oneWay, tls: { ca } },
    'mutual.example': { url: mutual, tls: { ca, ...own } },
    'unverified.example': { url: oneWay, tls: { insecureSkipVerify: true } },
    'mutual-unverified.example': { url: mutual, tls: { insecureSkipVerify: true, ...own } },
    'without-nginx.example': { url: strict.url, tls: { ca, ...own } },
    'wrong-ca.example': { url: oneWay, tls: { ca: stranger.pair.certFile } },
    'system-store.example': { url: oneWay },
    'no-certificate.example': { url: strict.url, tls: { ca } },
    'no-certificate-nginx.example': { url: mutual, tls: { ca } },
    'strange-certificate.example': { url: strict.url, tls: { ca, cert: strange.certFile, key: strange.keyFile } },
    'other-name.example': { url: nginx.urls.elsewhere, tls: { ca } },
    'no-tls.example': { url: registry.url.replace('http:', 'https:'), tls: { ca } },
  };
  const upstreams = Object.fromEntries(
    Object.entries(endpoints).map(([host, endpoint]) => [host, { endpoints: [endpoint] }]),
  );
  return { cache: stack.use(await startCache({ config: { upstreams } })) };
});

for (const [ns, behaviour] of Object.entries(WAYS)) {
  tlsTest(`UP9 UP17 ${behaviour}: an index with all that it names is pulled, and kept`, async ({ cache }) => {
    await assertPulled(cache, { name: ns, ns }, imageOf(ns), /; fwd=miss/);
    await untilKept(cache, imageOf(ns));
    await assertPulled(cache, { name: `${ns}/${ns}` }, imageOf(ns), /; hit/);
  });
}

for (const [behaviour, ns, reason] of [
  ['another authority', 'wrong-ca.example', /certificate of an unknown authority$/],
  ['an authority that the system does not know', 'system-store.example', /certificate of an unknown authority$/],
  ['a client certificate that is missing', 'no-certificate.example', /it wants a client certificate$/],
  [
    'a client certificate that is missing at nginx',
    'no-certificate-nginx.example',
    /: 400: No required SSL certificate was sent/,
  ],
  ['a client certificate of a stranger', 'strange-certificate.example', /TLS: .*unknown ca$/i],
  ['a certificate of another name', 'other-name.example', /its certificate is for another host: /],
  ['a port where no TLS is spoken', 'no-tls.example', /it does not speak TLS$/],
] as const) {
  tlsTest(`E9 ${behaviour} is 502 at once, with the reason`, async ({ cache }) => {
    const answer = await cache.ask(`/v2/team/app/manifests/v1?ns=${ns}`);
    const message = assertRefused(answer, { status: 502, code: 'UNKNOWN', message: reason });
    assert.ok(message.startsWith(`${ns}: GET team/app:v1: `), message);
    assert.ok(answer.ms < QUICK_MS, `after ${answer.ms} ms`);
    assert.match(answer.headers.get('cache-status') ?? '', /; fwd=miss; /);
  });
}

tlsTest('E9 another authority is 502 for a manifest by digest and for a blob as well', async ({ cache }) => {
  const { manifest, config } = tinyImage({ seed: 'nowhere' });
  for (const path of [`manifests/${manifest.digest}`, `blobs/${config.digest}`]) {
    const answer = await cache.ask(`/v2/team/app/${path}?ns=wrong-ca.example`);
    assertRefused(answer, { status: 502, code: 'UNKNOWN', message: /unknown authority$/ });
  }
});
