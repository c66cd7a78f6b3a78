import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { DEFAULT_TIMEOUTS } from '../../api/upstream/agent.ts';
import { assertSafe } from '../../cmd/config/safety.ts';
import { Problems, UsageError } from '../../cmd/failure.ts';
import { read, writeConfig, type Given } from './config-sources.ts';

describe('upstreams of the configuration', () => {
  test('what is not said of one is as by default, and as of a client that nobody configures', async () => {
    const path = writeConfig('\nupstreams:\n  docker.io:\n');
    const { upstreams } = await read({ flags: { '--config': [path] } });
    const at = `${path}:3: upstreams.docker.io`;
    assert.deepEqual(upstreams, [
      {
        host: 'docker.io',
        at,
        endpoints: [
          {
            url: 'https://registry-1.docker.io',
            isDefault: true,
            isFromFile: true,
            at,
            tls: { insecureSkipVerify: false },
          },
        ],
        repositories: [],
        tags: [{ match: '*', ttlMs: 600_000 }],
        staleIfError: true,
        timeouts: DEFAULT_TIMEOUTS,
        bandwidthBytesPerSecond: undefined,
      },
    ]);
  });

  test('everything that can be said of one', async () => {
    const path = writeConfig(`upstreams:
  mirror.example:5000:
    endpoints:
      - url: https://a.example/path
        tls: { ca: ca.pem, cert: /c.pem, key: c.key, insecureSkipVerify: true }
        credentials: { username: u, passwordFile: secret }
      - { url: "http://b", credentials: { username: u, passwordEnv: VAR } }
      - { url: "http://c", credentials: { tokenFile: /t } }
      - { url: "http://d", credentials: { dockerConfig: d.json } }
    repositories: ["library/*", "grafana/**"]
    tags: [{ match: "v*.*.*", immutable: true }, { match: latest, ttl: 0s }]
    staleIfError: false
    timeouts: { connect: 1s, idle: 500ms }
    bandwidth: 50MB/s
`);
    const folder = dirname(path);
    const [upstream] = (await read({ flags: { '--config': [path] } })).upstreams;
    const { endpoints, ...rest } = upstream!;
    assert.deepEqual(rest, {
      host: 'mirror.example:5000',
      at: `${path}:2: upstreams.mirror.example:5000`,
      repositories: ['library/*', 'grafana/**'],
      tags: [
        { match: 'v*.*.*', immutable: true },
        { match: 'latest', ttlMs: 0 },
        { match: '*', ttlMs: 600_000 },
      ],
      staleIfError: false,
      timeouts: { ...DEFAULT_TIMEOUTS, connectMs: 1_000, idleMs: 500 },
      bandwidthBytesPerSecond: 50e6,
    });
    assert.deepEqual(endpoints[0], {
      url: 'https://a.example/path',
      isDefault: false,
      isFromFile: true,
      at: `${path}:4: upstreams.mirror.example:5000.endpoints[0]`,
      tls: {
        caFile: join(folder, 'ca.pem'),
        certFile: '/c.pem',
        keyFile: join(folder, 'c.key'),
        insecureSkipVerify: true,
      },
      credentials: { username: 'u', passwordFile: join(folder, 'secret') },
    });
    assert.deepEqual(
      endpoints.slice(1).map(({ credentials }) => credentials),
      [{ username: 'u', passwordEnv: 'VAR' }, { tokenFile: '/t' }, { dockerConfig: join(folder, 'd.json') }],
    );
  });

  test('a policy for all tags leaves no room for the default one', async () => {
    const { upstreams } = await read({ file: 'upstreams: { a.io: { tags: [{ match: "*", ttl: 1h }] } }' });
    assert.deepEqual(upstreams[0]!.tags, [{ match: '*', ttlMs: 3_600_000 }]);
  });

  test('a flag replaces where an upstream of the file answers, and nothing else of it', async () => {
    const file =
      'upstreams: { quay.io: { staleIfError: false, endpoints: [{ url: "https://m", credentials: { tokenFile: t } }] } }';
    const { upstreams } = await read({ file, flags: { '--upstream': ['quay.io=http://a', 'QUAY.io:443'] } });
    assert.equal(upstreams.length, 1);
    assert.equal(upstreams[0]!.staleIfError, false);
    const tls = { insecureSkipVerify: false };
    assert.deepEqual(upstreams[0]!.endpoints, [
      { url: 'http://a', isDefault: false, isFromFile: false, at: '--upstream quay.io', tls },
      { url: 'https://quay.io', isDefault: true, isFromFile: false, at: '--upstream quay.io', tls },
    ]);
  });

  test('N1 two upstreams and a default one need no file', async () => {
    const flags = { '--upstream': ['docker.io', 'quay.io'], '--default-upstream': ['docker.io'] };
    const { upstreams, defaultUpstream } = await read({ flags });
    assert.deepEqual(
      upstreams.map(({ endpoints }) => endpoints[0]!.url),
      ['https://registry-1.docker.io', 'https://quay.io'],
    );
    assert.equal(defaultUpstream, 'docker.io');
  });

  test('a default that is no upstream is refused, with what to do', async () => {
    const flags = { '--upstream': ['quay.io'], '--default-upstream': ['docker.io'] };
    await assert.rejects(
      read({ flags }),
      new UsageError('--default-upstream docker.io: no such upstream: add --upstream docker.io'),
    );
    const path = writeConfig('upstreams: { quay.io: }\ndefaultUpstream: docker.io');
    await assert.rejects(
      read({ flags: { '--config': [path] } }),
      new Problems([`${path}:2: defaultUpstream: docker.io: no such upstream: add "docker.io: {}" to upstreams`]),
    );
  });

  test('a default that is no upstream is nothing to a command that serves none', async () => {
    const { defaultUpstream } = await read({ env: { OCIREGISTRY_DEFAULT_UPSTREAM: 'docker.io' }, serves: false });
    assert.equal(defaultUpstream, 'docker.io');
  });
});

describe('UP3 an upstream with credentials', () => {
  const file = 'upstreams: { quay.io: { endpoints: [{ url: "https://m", credentials: { tokenFile: t } }] } }';

  for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost']) {
    test(`may be behind a listener on ${host}`, async () => {
      assertSafe(await read({ file, flags: { '--host': [host] } }));
    });
  }

  for (const host of ['0.0.0.0', '::', '192.0.2.7', 'registry.example', 'not a host']) {
    test(`may not be behind one on ${host}`, async () => {
      const config = await read({ file, flags: { '--host': [host] } });
      assert.throws(
        () => assertSafe(config),
        /config\.yaml:1: upstreams\.quay\.io\.endpoints\[0\]\.credentials: whoever reaches .* could pull with them: .* or listen on loopback \(--host 127\.0\.0\.1\)$/,
      );
    });
  }

  test('without credentials any listener will do', async () => {
    const given: Given = { flags: { '--upstream': ['quay.io'], '--host': ['0.0.0.0'] } };
    assertSafe(await read(given));
  });
});
