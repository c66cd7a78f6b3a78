import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import type { Config } from '../../cmd/config.ts';
import * as plain from '../../cmd/config/plain-settings.ts';
import { flagOf, variableOf, type Setting } from '../../cmd/config/setting.ts';
import { UsageError } from '../../cmd/failure.ts';
import * as settings from '../../cmd/settings.ts';
import { read, writeConfig, type Given } from './config-sources.ts';

const MiB = 2 ** 20;

/** A key as each of its sources says it, and the value that this makes in the configuration. */
interface Row {
  readonly setting: Setting<unknown>;
  readonly of: (config: Config) => unknown;
  readonly byDefault: unknown;
  readonly file?: readonly [yaml: string, value: unknown];
  readonly env: readonly [text: string, value: unknown];
  readonly flag?: readonly [values: readonly string[], value: unknown];
}

const rows: readonly Row[] = [
  {
    setting: settings.images,
    of: ({ images }) => images,
    byDefault: './images',
    file: ['images: /f', '/f'],
    env: ['/e', '/e'],
    flag: [['/a', '/b'], '/b'],
  },
  {
    setting: settings.mounts,
    of: ({ mounts }) => mounts,
    byDefault: [],
    file: ['mounts: [{ path: /f, prefix: p }, { path: /g }]', [{ prefix: 'p', path: '/f' }, { prefix: '', path: '/g' }]], // prettier-ignore
    env: ['=/a,p/q=/b', [{ prefix: '', path: '/a' }, { prefix: 'p/q', path: '/b' }]], // prettier-ignore
    flag: [['p=/a=b'], [{ prefix: 'p', path: '/a=b' }]],
  },
  {
    setting: settings.host,
    of: ({ listen }) => listen.host,
    byDefault: '127.0.0.1',
    file: ['listen: { host: "[::]" }', '::'],
    env: ['0.0.0.0', '0.0.0.0'],
    flag: [['[::1]'], '::1'],
  },
  {
    setting: settings.port,
    of: ({ listen }) => listen.port,
    byDefault: 5000,
    file: ['listen: { port: 0 }', 0],
    env: ['5001', 5001],
    flag: [['5002'], 5002],
  },
  {
    setting: settings.sample,
    of: ({ sample }) => sample,
    byDefault: false,
    env: ['false', false],
    flag: [['true'], true],
  },
  {
    setting: plain.shutdownGrace,
    of: ({ shutdownGraceMs }) => shutdownGraceMs,
    byDefault: 30_000,
    file: ['shutdownGrace: 0s', 0],
    env: ['2m', 120_000],
  },
  {
    setting: settings.logLevel,
    of: ({ log }) => log.level,
    byDefault: 'info',
    file: ['log: { level: warn }', 'warn'],
    env: ['error', 'error'],
    flag: [['debug'], 'debug'],
  },
  {
    setting: settings.logFormat,
    of: ({ log }) => log.format,
    byDefault: 'json',
    file: ['log: { format: text }', 'text'],
    env: ['json', 'json'],
    flag: [['text'], 'text'],
  },
  {
    setting: plain.accessLog,
    of: ({ log }) => log.accessLog,
    byDefault: true,
    file: ['log: { accessLog: false }', false],
    env: ['true', true],
  },
  {
    setting: plain.audit,
    of: ({ log }) => log.audit,
    byDefault: false,
    file: ['log: { audit: true }', true],
    env: ['false', false],
  },
  {
    setting: plain.logFile,
    of: ({ log }) => log.file,
    byDefault: undefined,
    file: ['log: { file: /f.log }', '/f.log'],
    env: ['/e.log', '/e.log'],
  },
  {
    setting: settings.unpackRatio,
    of: ({ limits }) => limits.unpack.ratio,
    byDefault: 1_100,
    file: ['limits: { unpackRatio: 0 }', Infinity],
    env: ['200', 200],
    flag: [['300'], 300],
  },
  {
    setting: settings.unpackBytes,
    of: ({ limits }) => limits.unpack.bytes,
    byDefault: 2 ** 40,
    file: ['limits: { unpackBytes: 0 }', Infinity],
    env: ['50GiB', 50 * 2 ** 30],
    flag: [['1GB'], 1e9],
  },
  {
    setting: plain.manifestBytes,
    of: ({ limits }) => limits.manifestBytes,
    byDefault: 4 * MiB,
    file: ['limits: { manifestBytes: "0" }', Infinity],
    env: ['8MiB', 8 * MiB],
  },
  {
    setting: plain.tagsPage,
    of: ({ limits }) => limits.tagsPage,
    byDefault: 1000,
    file: ['limits: { tagsPage: 0 }', Infinity],
    env: ['10', 10],
  },
  {
    setting: plain.catalog,
    of: ({ catalog }) => catalog,
    byDefault: true,
    file: ['catalog: false', false],
    env: ['true', true],
  },
  {
    setting: settings.upstreams,
    of: ({ upstreams }) => upstreams.map(({ host, endpoints }) => [host, ...endpoints.map(({ url }) => url)].join(' ')),
    byDefault: [],
    file: ['upstreams: { a.io: , b.io: { endpoints: [{ url: "http://f" }] } }', ['a.io https://a.io', 'b.io http://f']],
    env: ['b.io=http://e,c.io', ['a.io https://a.io', 'b.io http://e', 'c.io https://c.io']],
    flag: [
      ['c.io=http://x', 'c.io=http://y'],
      ['a.io https://a.io', 'b.io http://e', 'c.io http://x http://y'],
    ],
  },
  {
    setting: settings.defaultUpstream,
    of: ({ defaultUpstream }) => defaultUpstream,
    byDefault: undefined,
    file: ['{ defaultUpstream: index.docker.io, upstreams: { docker.io: , quay.io: , ghcr.io: } }', 'docker.io'],
    env: ['QUAY.io', 'quay.io'],
    flag: [['ghcr.io:443'], 'ghcr.io'],
  },
  {
    setting: settings.airGapped,
    of: ({ airGapped }) => airGapped,
    byDefault: false,
    file: ['airGapped: true', true],
    env: ['false', false],
    flag: [['true'], true],
  },
  {
    setting: plain.cacheMaxBytes,
    of: ({ cache }) => cache.maxBytes,
    byDefault: Infinity,
    file: ['cache: { maxBytes: 50GiB }', 50 * 2 ** 30],
    env: ['0', Infinity],
  },
  {
    setting: plain.cacheMinFree,
    of: ({ cache }) => cache.minFreeBytes,
    byDefault: 2 ** 30,
    file: ['cache: { minFree: 0 }', 0],
    env: ['512MiB', 512 * MiB],
  },
  {
    setting: plain.cachePins,
    of: ({ cache }) => cache.pins,
    byDefault: [],
    file: ['cache: { pins: ["docker.io/library/pause:*"] }', ['docker.io/library/pause:*']],
    env: ['a/*,b:1', ['a/*', 'b:1']],
  },
  {
    setting: plain.cacheScrub,
    of: ({ cache }) => cache.scrubBytesPerSecond,
    byDefault: undefined,
    file: ['cache: { scrub: 100MiB/s }', 100 * MiB],
    env: ['1MB/s', 1e6],
  },
];

describe('where a value comes from', () => {
  for (const { setting, of, byDefault, file, env, flag } of rows) {
    test(`${setting.key}: flag, then variable, then file, then default`, async () => {
      const sources: Given[] = [{ serves: false }];
      const values = [byDefault];
      const add = (given: Given, value: unknown) => {
        sources.push({ ...sources.at(-1), ...given });
        values.push(value);
      };
      if (file) add({ file: file[0] }, file[1]);
      add({ env: { [variableOf(setting)]: env[0] } }, env[1]);
      if (flag) add({ flags: { [flagOf(setting)!]: flag[0] } }, flag[1]);
      for (const [i, source] of sources.entries()) assert.deepEqual(of(await read(source)), values[i]);
    });
  }

  test('every setting is in this table', () => {
    const isSetting = (value: unknown): value is Setting<unknown> =>
      typeof value === 'object' && value !== null && 'key' in value;
    const all = [settings, plain]
      .flatMap((file) => Object.values<unknown>(file))
      .filter(isSetting)
      .filter((each) => each !== settings.configFile);
    assert.deepEqual(new Set(rows.map(({ setting }) => setting)), new Set(all));
  });

  test('the file is named by flag or by variable', async () => {
    const path = writeConfig('listen: { port: 7 }');
    for (const given of [{ flags: { '--config': [path] } }, { env: { OCIREGISTRY_CONFIG: path } }]) {
      const { file, listen } = await read(given);
      assert.deepEqual({ file, port: listen.port }, { file: path, port: 7 });
    }
    assert.equal((await read()).file, undefined);
  });

  test('a variable that a flag overrules is not looked at', async () => {
    const { listen } = await read({ env: { OCIREGISTRY_LISTEN_PORT: 'x' }, flags: { '--port': ['1'] } });
    assert.equal(listen.port, 1);
  });

  test('an empty variable is as good as none', async () => {
    const env = { OCIREGISTRY_CONFIG: '', OCIREGISTRY_IMAGES: '', OCIREGISTRY_LISTEN_PORT: '' };
    assert.deepEqual((await read({ env })).listen, { host: '127.0.0.1', port: 5000, trustedProxies: [] });
  });

  test('the log of a terminal is coloured text, unless NO_COLOR says otherwise', async () => {
    const { level, format, colour } = (await read({ terminal: true })).log;
    assert.deepEqual({ level, format, colour }, { level: 'info', format: 'text', colour: true });
    assert.equal((await read({ terminal: true, env: { NO_COLOR: '1' } })).log.colour, false);
    assert.equal((await read({ terminal: true, env: { NO_COLOR: '' } })).log.colour, true);
  });

  test('relative paths of the file are relative to it, ~/ is the home folder, and ${VAR} is a name like any other', async () => {
    const path = writeConfig(
      'images: pics\nmounts: [{ path: ~/iso }, { path: ../x }, { path: "${HOME}" }, { path: ~user }]',
    );
    const folder = dirname(path);
    const { images, mounts } = await read({ flags: { '--config': [path] } });
    assert.equal(images, join(folder, 'pics'));
    assert.deepEqual(
      mounts.map((mount) => mount.path),
      [join(homedir(), 'iso'), join(folder, '..', 'x'), join(folder, '${HOME}'), join(folder, '~user')],
    );
  });

  test('an error names the flag or the variable and what is allowed', async () => {
    const refused = (given: Given, message: string) => assert.rejects(read(given), new UsageError(message));
    await refused({ flags: { '--port': ['-1'] } }, '--port "-1": allowed: 0 to 65535');
    await refused({ env: { OCIREGISTRY_LOG_FORMAT: 'xml' } }, 'OCIREGISTRY_LOG_FORMAT "xml": allowed: text, json');
    await refused(
      { flags: { '--unpack-ratio': ['1.5'] } },
      '--unpack-ratio "1.5": allowed: a whole number; 0 for no limit',
    );
    await refused({ env: { OCIREGISTRY_SAMPLE: 'yes' } }, 'OCIREGISTRY_SAMPLE "yes": allowed: true or false');
    await refused({ flags: { '--config': [''] } }, '--config "": allowed: the path of a file');
    const upstream = 'HOST or HOST=URL, like quay.io=https://mirror.example:5000';
    await refused(
      { flags: { '--upstream': ['a.io=https://u:p@b'] } },
      `--upstream "a.io=https://…@b": allowed: ${upstream}`,
    );
  });

  test('it cannot be changed', async () => {
    const config = await read({ file: 'upstreams: { a.io: { tags: [{ match: v*, immutable: true }] } }' });
    const [upstream] = config.upstreams;
    const parts = [config, config.listen, config.log, config.mounts, config.cache.pins, upstream, upstream!.tags[0]];
    for (const part of parts) assert.ok(Object.isFrozen(part));
  });
});
