import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { Config } from '../../cmd/config.ts';
import { configShow } from '../../cmd/config/show.ts';
import { read, writeConfig, type Given } from './config-sources.ts';
import { runProgram } from './program.ts';

const EXAMPLE = /```yaml\n([\s\S]*?)```/.exec(
  readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8'),
)![1]!;

function show(config: Config): string {
  let text = '';
  configShow({ config, print: (output) => (text += output.toString()) });
  return text;
}

describe('config check', { concurrency: 2 }, () => {
  test('a good file is ok', async () => {
    const path = writeConfig('upstreams: { quay.io: }\ndefaultUpstream: quay.io\n');
    assert.deepEqual(await runProgram(['config', 'check', '--config', path]), {
      status: 0,
      stdout: `${path}: ok\n`,
      stderr: '',
    });
  });

  test('without a file it says what it looked at', async () => {
    const { status, stdout } = await runProgram(['config', 'check', '--upstream', 'quay.io']);
    assert.deepEqual(
      { status, stdout },
      { status: 0, stdout: 'flags and environment (there is no configuration file): ok\n' },
    );
  });

  test('a bad file fails with a line for each mistake, with status 1', async () => {
    const path = writeConfig('catalogue: true\nlisten: { port: x }\n');
    const { status, stdout, stderr } = await runProgram(['config', 'check', '--config', path]);
    assert.equal(
      stderr,
      `ociregistry: ${path}:1: catalogue: unknown key, did you mean catalog?\n` +
        `ociregistry: ${path}:2: listen.port: the text "x": allowed: 0 to 65535\n`,
    );
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
  });

  test('files that are not there, credentials for everybody, folders to mount: all that a start would complain about', async () => {
    const path = writeConfig(`mounts: [{ path: none }]
listen: { host: 0.0.0.0 }
upstreams:
  quay.io:
    endpoints:
      - url: https://m
        tls: { ca: ca.pem }
        credentials: { tokenFile: token }
`);
    const folder = dirname(path);
    const { status, stderr } = await runProgram(['config', 'check'], { env: { OCIREGISTRY_CONFIG: path } });
    const at = `${path}:6: upstreams.quay.io.endpoints[0]`;
    assert.deepEqual(stderr.trimEnd().replaceAll('ociregistry: ', '').split('\n'), [
      `${at}.credentials.tokenFile: ${folder}/token: no such file or directory`,
      `${at}.tls.ca: ${folder}/ca.pem: no such file or directory`,
      `mount ${folder}/none: no such file or directory`,
      `${at}.credentials: whoever reaches 0.0.0.0 could pull with them: say who may log in (auth), or that anyone may ` +
        '(auth: { anonymous: ["quay.io/**"] }), or listen on loopback (--host 127.0.0.1)',
    ]);
    assert.equal(status, 1);
  });

  test('a file that is not there fails every command', async () => {
    const { status, stderr } = await runProgram(['list', '--config', '/none.yaml']);
    assert.deepEqual({ status, stderr }, { status: 1, stderr: 'ociregistry: /none.yaml: no such file or directory\n' });
  });
});

describe('config show', () => {
  test('prints what is in force: flag over variable over file over default', async () => {
    const args = ['config', 'show', '--port', '1', '--config', writeConfig('listen: { host: 127.0.0.2, port: 2 }')];
    const { status, stdout, stderr } = await runProgram(args, { env: { OCIREGISTRY_CATALOG: 'false' } });
    const { listen, catalog, shutdownGrace } = parse(stdout) as Record<string, unknown>;
    assert.deepEqual({ listen, catalog, shutdownGrace }, { listen: { host: '127.0.0.2', port: 1, trustedProxies: [] }, catalog: false, shutdownGrace: '30s' }); // prettier-ignore
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  const everything: Record<string, Given> = {
    defaults: {},
    'the example of the documentation': { file: EXAMPLE },
    'limits that are none': {
      file: 'cache: { maxBytes: 0, minFree: 0, scrub: 3MB/s }\nlimits: { unpackRatio: 0, unpackBytes: 0, manifestBytes: 0, tagsPage: 0 }',
    },
    'flags and variables': {
      flags: { '--upstream': ['docker.io', 'quay.io=http://m'], '--air-gapped': ['true'] },
      env: { OCIREGISTRY_SHUTDOWN_GRACE: '90s', OCIREGISTRY_CACHE_MIN_FREE: '1500kB' },
    },
  };
  for (const [name, given] of Object.entries(everything)) {
    test(`prints a file that says the same: ${name}`, async () => {
      const shown = show(await read(given));
      assert.equal(show(await read({ file: shown })), shown);
    });
  }
});

describe('config schema', () => {
  test('is a JSON Schema that any validator takes, and that describes every key', async () => {
    const { status, stdout } = await runProgram(['config', 'schema']);
    assert.equal(status, 0);
    const schema = JSON.parse(stdout) as Record<string, unknown>;
    const validate = new Ajv2020({ strict: false, logger: false }).compile(schema);
    assert.ok(validate(parse(EXAMPLE)), JSON.stringify(validate.errors));
    assert.ok(!validate({ shutdownGrace: '30' }));
    const keys = Object.keys(schema['properties'] as object);
    for (const key of keys) assert.match(EXAMPLE, new RegExp(`^${key}:`, 'm'), `${key} is in the example`);
  });
});
