import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../../api/upstream/credentials.ts';
import { dockerConfigCredentials, loadDockerConfig } from '../../api/upstream/docker-config.ts';
import type { EndpointOptions } from '../../api/upstream/endpoint-options.ts';
import type { UpstreamRegistry } from '../../api/upstream/upstream-registry.ts';
import { systemClock } from '../../api/clock.ts';
import { clientTests } from '../support/clients/client-test.ts';
import { run } from '../support/clients/command.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { Authority } from '../support/upstream/certificates.ts';
import { DISTRIBUTION, startDistribution, writeHtpasswd } from '../support/upstream/distribution.ts';
import { fails } from '../support/upstream/fails.ts';
import { registryOver } from '../support/upstream/registry-over.ts';
import { TokenService } from '../support/upstream/token-service.ts';
import { readBody } from '../support/read-body.ts';
import { ref, repo } from '../support/repository.ts';
import { blobsOf, manifestsOf, tinyImage, tinyIndex } from '../support/tiny-image.ts';
import { writeOciLayout } from '../support/write-images.ts';

const big = randomBytes(3_000_000);
const index = tinyIndex([tinyImage({ seed: 'amd', layers: [big] }), tinyImage({ seed: 'arm', architecture: 'arm64' })]);
const [USER, PASSWORD] = ['ann', 'p:ss wörd'];
const IDENTITY = 'identity-token-of-ann';
const ARTIFACT_TYPE = 'application/vnd.example.note';

const credentials = (found: Credentials) => () => Promise.resolve(found);
const right = credentials({ username: USER, password: PASSWORD });
const wrong = credentials({ username: USER, password: 'wrong' });

/** Like a program has it: with a clock that runs. */
const upstream = (endpoint: EndpointOptions): UpstreamRegistry =>
  registryOver(endpoint, { clock: systemClock }).registry;

const upstreamTest = clientTests([...DISTRIBUTION, 'crane', 'regctl', 'openssl', 'htpasswd'], async (stack) => {
  const folder = stack.use(await tempFolder('upstream')).path;
  const data = join(folder, 'data');
  const certificates = join(folder, 'certificates');
  await mkdir(certificates);
  const authority = await Authority.create(certificates);
  const [tls, client] = [await authority.server('server'), await authority.client('client')];
  const htpasswd = join(folder, 'htpasswd');
  await writeHtpasswd(htpasswd, USER, PASSWORD);
  const tokens = stack.use(
    await TokenService.start({
      users: { [USER]: PASSWORD },
      identityTokens: { [IDENTITY]: USER },
      isPublic: (name) => name.startsWith('public/'),
    }),
  );
  const start = async (options: Partial<Parameters<typeof startDistribution>[0]> = {}) =>
    stack.use(await startDistribution({ folder, data, ...options }));
  // All of them have the same images.
  const [open, oneWay, mutual, withTokens] = await Promise.all([
    start(),
    start({ tls, htpasswd }),
    start({ tls, htpasswd, clientAuthority: authority }),
    start({ tokens }),
  ]);
  const layout = join(folder, 'layout');
  await writeOciLayout(layout, [{ image: index, tag: 'v1' }]);
  const env = { DOCKER_CONFIG: folder, HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') };
  const crane = (...args: readonly string[]) => run(tool('crane'), args, { env });
  for (const name of ['team/app:v1', 'team/app:v2', 'public/app:v1']) {
    await crane('push', layout, `${open.host}/${name}`);
  }
  return { folder, authority, client, tokens, open, oneWay, mutual, withTokens, layout, env, crane };
});

/** Everything that an upstream has of the image. */
async function pullAll(registry: UpstreamRegistry, name = 'team/app'): Promise<void> {
  const { manifest } = index;
  assert.equal((await registry.statManifest(repo(name), ref('v1'))).digest, manifest.digest);
  assert.deepEqual((await registry.getManifest(repo(name), ref('v1'))).bytes, manifest.bytes);
  for (const { digest, bytes, mediaType } of manifestsOf(index)) {
    const descriptor = { mediaType, digest, size: bytes.length };
    assert.deepEqual(await registry.getManifest(repo(name), digest), { descriptor, bytes });
    assert.deepEqual(await registry.statManifest(repo(name), digest), descriptor);
  }
  await Promise.all(
    blobsOf(index).map(async ({ digest, bytes }) => {
      assert.equal((await registry.statBlob(repo(name), digest)).size, bytes.length);
      const { body } = await registry.openBlob(repo(name), digest, undefined, { size: bytes.length });
      assert.deepEqual(await readBody(body), bytes);
    }),
  );
}

upstreamTest(
  'UP9 UP17 distribution: an index, its children and all blobs come as they were pushed',
  async ({ open }) => {
    await pullAll(upstream({ url: open.url }));
  },
);

upstreamTest('L5 distribution: ranges', async ({ open }) => {
  const registry = upstream({ url: open.url });
  const [{ digest, bytes }] = blobsOf(index) as [typeof index.manifest];
  const { length } = bytes;
  for (const [range, start, end] of [
    [{ first: 100, last: 199_999 }, 100, 199_999],
    [{ first: length - 5 }, length - 5, length - 1],
    [{ suffix: 1000 }, length - 1000, length - 1],
    [{ first: 0 }, 0, length - 1],
  ] as const) {
    const { span, body, descriptor } = await registry.openBlob(repo('team/app'), digest, range);
    assert.deepEqual([span, descriptor.size], [{ start, end }, length]);
    assert.deepEqual(await readBody(body), bytes.subarray(start, end + 1));
  }
  await assert.rejects(registry.openBlob(repo('team/app'), digest, { first: length }), { size: length });
});

upstreamTest('UP22 distribution: tags, and what is not there', async ({ open, crane }) => {
  const registry = upstream({ url: open.url });
  const tags = ['v1', ...Array.from({ length: 5 }, (_, i) => `t${i}`)].sort();
  for (const tag of tags) await crane('copy', `${open.host}/public/app:v1`, `${open.host}/many/tags:${tag}`);
  assert.deepEqual(await registry.listTags(repo('many/tags')), tags);
  assert.deepEqual(await registry.listTags(repo('team/app')), ['v1', 'v2']);
  await assert.rejects(registry.listTags(repo('no/such')), { code: 'NAME_UNKNOWN' });
  await assert.rejects(registry.getManifest(repo('team/app'), ref('no')), { code: 'MANIFEST_UNKNOWN' });
  await assert.rejects(registry.statManifest(repo('no/such'), ref('v1')), { code: 'MANIFEST_UNKNOWN' });
  await assert.rejects(
    registry.openBlob(repo('team/app'), index.manifest.digest.replace(/.$/, '0') as typeof index.manifest.digest),
    { code: 'BLOB_UNKNOWN' },
  );
});

upstreamTest('R12 distribution has no referrers API: they come from the tag that regctl made', async (lab) => {
  const regctl = (...args: readonly string[]) => run(tool('regctl'), args, { env: lab.env });
  await regctl('registry', 'set', '--tls', 'disabled', lab.open.host);
  const registry = upstream({ url: lab.open.url });
  assert.deepEqual(await registry.listReferrers(repo('team/app'), index.manifest.digest), []);
  const flags = ['--artifact-type', ARTIFACT_TYPE, '--file', join(lab.folder, 'htpasswd')];
  await regctl('artifact', 'put', ...flags, '--subject', `${lab.open.host}/team/app:v1`);
  const [referrer, ...others] = await registry.listReferrers(repo('team/app'), index.manifest.digest);
  assert.deepEqual([referrer?.artifactType, others.length], [ARTIFACT_TYPE, 0]);
  const { descriptor } = await registry.getManifest(repo('team/app'), referrer!.digest);
  assert.equal(descriptor.size, referrer!.size);
});

for (const way of ['oneWay', 'mutual'] as const) {
  for (const verified of [true, false]) {
    const title = `${way === 'mutual' ? 'mutual' : 'one-way'} TLS, ${verified ? 'verified' : 'not verified'}`;
    upstreamTest(`distribution over ${title}, with a password`, async (lab) => {
      const trust = verified ? { ca: lab.authority.ca } : { insecureSkipVerify: true };
      const { cert, key } = lab.client;
      const tls = { ...trust, ...(way === 'mutual' && { cert, key }) };
      await pullAll(upstream({ url: lab[way].url, tls, credentials: right }));
      const refused = upstream({ url: lab[way].url, tls, credentials: wrong });
      await fails(refused.getManifest(repo('team/app'), ref('v1')), 'denied', /401 denied/);
      await fails(upstream({ url: lab[way].url, tls }).listTags(repo('team/app')), 'denied');
    });
  }
}

upstreamTest(
  'distribution over TLS that is not trusted, or wants a certificate, is named with the reason',
  async (lab) => {
    const get = (endpoint: EndpointOptions) => upstream(endpoint).getManifest(repo('team/app'), ref('v1'));
    const { ca } = lab.authority;
    await fails(
      get({ url: lab.oneWay.url }),
      'unreachable',
      /cannot reach https:\S+: certificate of an unknown authority$/,
    );
    await fails(get({ url: lab.mutual.url, tls: { ca } }), 'unreachable', /: it wants a client certificate$/);
    await fails(get({ url: lab.open.url.replace('http:', 'https:') }), 'unreachable', /: it does not speak TLS$/);
  },
);

upstreamTest('UP3 distribution: the login that crane keeps is found and used', async (lab) => {
  const { certFile } = lab.authority.pair;
  await run(tool('crane'), ['auth', 'login', lab.oneWay.host, '-u', USER, '-p', PASSWORD], {
    env: { ...lab.env, SSL_CERT_FILE: certFile },
  });
  const { url } = lab.oneWay;
  const provider = dockerConfigCredentials([await loadDockerConfig(join(lab.folder, 'config.json'))], url);
  await pullAll(upstream({ url, tls: { ca: lab.authority.ca }, credentials: provider }));
});

upstreamTest('UP5 UP6 distribution with a token service: anybody pulls what is public, by one token', async (lab) => {
  const before = lab.tokens.grants.length;
  await pullAll(upstream({ url: lab.withTokens.url }), 'public/app');
  const scopes = ['repository:public/app:pull'];
  assert.deepEqual(lab.tokens.grants.slice(before), [{ method: 'GET', user: undefined, scopes, status: 200 }]);
});

upstreamTest(
  'UP7 distribution with a token service: what is not public is refused, a wrong password too',
  async (lab) => {
    const { url } = lab.withTokens;
    const get = (endpoint: EndpointOptions) => upstream(endpoint).getManifest(repo('team/app'), ref('v1'));
    await fails(get({ url }), 'denied', /GET team\/app:v1: 401 denied/);
    await fails(
      get({ url, credentials: wrong }),
      'denied',
      /token of http:\S+ .*401 denied: incorrect username or password$/,
    );
  },
);

upstreamTest('UP5 distribution with a token service: a password and an identity token open the rest', async (lab) => {
  const { url } = lab.withTokens;
  await pullAll(upstream({ url, credentials: right }));
  await pullAll(upstream({ url, credentials: credentials({ identityToken: IDENTITY }) }));
  assert.deepEqual(lab.tokens.grants.at(-1), {
    method: 'POST',
    user: USER,
    scopes: ['repository:team/app:pull'],
    status: 200,
  });
});

upstreamTest('the token service is one: crane pushes and pulls by it', async (lab) => {
  const { host } = lab.withTokens;
  await lab.crane('auth', 'login', host, '-u', USER, '-p', PASSWORD);
  await lab.crane('push', lab.layout, `${host}/private/app:v1`);
  assert.equal((await lab.crane('digest', `${host}/private/app:v1`)).stdout.trim(), index.manifest.digest);
});
