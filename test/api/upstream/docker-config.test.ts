import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseRepositoryName } from '../../../api/oci/repository.ts';
import {
  dockerConfigCredentials,
  loadDockerConfig,
  nameOf,
  parseDockerConfig,
  parseEntry,
} from '../../../api/upstream/docker-config.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const auth = (user: string, password: string): { auth: string } => ({
  auth: Buffer.from(`${user}:${password}`).toString('base64'),
});
const config = (json: object, file = 'config.json'): ReturnType<typeof parseDockerConfig> =>
  parseDockerConfig(JSON.stringify(json), file);
const find = (json: object, url: string, name = 'org/app'): Promise<unknown> =>
  dockerConfigCredentials([config(json)], url)(parseRepositoryName(name));
const ann = { username: 'ann', password: 'x' };

describe('UP3 the login to an endpoint', () => {
  const cases: readonly [key: string, url: string, isFound: boolean][] = [
    ['quay.io', 'https://quay.io', true],
    ['Quay.IO:443', 'https://quay.io/path', true],
    ['https://quay.io', 'https://quay.io', true],
    ['https://quay.io/v1/', 'https://quay.io', true],
    ['quay.io/v2/', 'https://quay.io', true],
    ['quay.io', 'https://quay.io:8443', false],
    ['quay.io:8443', 'https://quay.io:8443', true],
    ['quay.io:8443', 'https://quay.io', false],
    ['quay.io', 'https://mirror.quay.io', false],
    ['localhost:5000', 'http://localhost:5000', true],
    ['quay.io/org', 'https://quay.io', true],
    ['quay.io/org/app', 'https://quay.io', true],
    ['quay.io/org/app/deeper', 'https://quay.io', false],
    ['quay.io/or', 'https://quay.io', false],
    ['https://index.docker.io/v1/', 'https://registry-1.docker.io', true],
    ['docker.io', 'https://registry-1.docker.io', true],
    ['registry-1.docker.io', 'https://registry-1.docker.io', true],
    ['docker.io/org', 'https://registry-1.docker.io', true],
    ['https://index.docker.io/v1/', 'https://mirror.example', false],
  ];
  for (const [key, url, isFound] of cases) {
    test(`${url} is ${isFound ? '' : 'not '}found under ${key}`, async () => {
      assert.deepEqual(await find({ auths: { [key]: auth('ann', 'x') } }, url), isFound ? ann : undefined);
    });
  }

  test('is that of the longest beginning of the name', async () => {
    const auths = {
      'quay.io': auth('host', 'x'),
      'quay.io/org': auth('org', 'x'),
      'quay.io/org/app': auth('app', 'x'),
    };
    const userOf = async (name: string): Promise<unknown> =>
      ((await find({ auths }, 'https://quay.io', name)) as { username: string }).username;
    assert.deepEqual(await Promise.all(['org/app', 'org/app/x', 'org/other', 'other'].map(userOf)), [
      'app',
      'app',
      'org',
      'host',
    ]);
  });

  test('is that of the first file that has one', async () => {
    const files = [
      config({}),
      config({ auths: { 'quay.io': {} } }),
      config({ auths: { 'quay.io': auth('ann', 'x') } }),
      config({ auths: { 'quay.io': auth('bob', 'x') } }),
    ];
    assert.deepEqual(await dockerConfigCredentials(files, 'https://quay.io')(parseRepositoryName('a')), ann);
    assert.equal(await dockerConfigCredentials([], 'https://quay.io')(parseRepositoryName('a')), undefined);
  });
});

describe('an entry', () => {
  const cases: readonly [entry: object, credentials: object | undefined][] = [
    [auth('ann', 'p:s:s'), { username: 'ann', password: 'p:s:s' }],
    [{ auth: Buffer.from('ann:x\0\0').toString('base64') }, ann],
    [{ username: 'ann', password: 'x' }, ann],
    [{ ...auth('ann', 'x'), username: 'bob', password: 'y' }, ann],
    [
      { ...auth('0000', ''), identitytoken: 'id' },
      { username: '0000', identityToken: 'id' },
    ],
    [{ identitytoken: 'id' }, { identityToken: 'id' }],
    [{ registrytoken: 't' }, { bearerToken: 't' }],
    [{ email: 'ann@example' }, undefined],
    [{}, undefined],
  ];
  for (const [entry, credentials] of cases) {
    test(`${JSON.stringify(entry)} is read`, () => assert.deepEqual(parseEntry(entry, 'x'), credentials));
  }

  const wrong: readonly [entry: unknown, message: string][] = [
    [{ auth: Buffer.from('nothing').toString('base64') }, 'x.auth is not user:password in base64'],
    [{ auth: '!!!' }, 'x.auth is not user:password in base64'],
    [{ auth: 5 }, 'x.auth is not a text'],
    [{ password: {} }, 'x.password is not a text'],
    ['secret', 'x is not an object'],
    [null, 'x is not an object'],
  ];
  for (const [entry, message] of wrong) {
    test(`${JSON.stringify(entry)} is an error that names its place`, () => {
      assert.throws(() => parseEntry(entry, 'x'), { message });
    });
  }

  test('that is wrong does not stand in the way of another host', async () => {
    const auths = { 'other.example': 'garbage', 'quay.io': auth('ann', 'x') };
    assert.deepEqual(await find({ auths }, 'https://quay.io'), ann);
    await assert.rejects(find({ auths }, 'https://other.example'), {
      message: 'config.json: auths["other.example"] is not an object',
    });
  });

  test('is read back whatever the password is', () => {
    const user = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes(':') && text !== '');
    const password = fc.string({ unit: 'grapheme' }).filter((text) => !text.endsWith('\0'));
    fc.assert(
      fc.property(user, password, (username, secret) => {
        assert.deepEqual(parseEntry(auth(username, secret), 'x'), { username, password: secret });
      }),
    );
  });

  test('of any JSON is credentials, nothing, or an error that shows none of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (json, key) => {
        try {
          const found = parseEntry(json, 'x');
          assert.ok(found === undefined || Object.values(found).every((value) => typeof value === 'string'));
        } catch (err) {
          assert.match((err as Error).message, /^x(?:\.\w+)? is not /);
        }
        assert.equal(typeof nameOf(key), 'string');
      }),
    );
  });
});

describe('a file', () => {
  test('is read', async () => {
    const file = join(tempFolder(), 'config.json');
    await writeFile(file, '{"auths":{"quay.io":{}},"credsStore":"","psFormat":"x"}');
    assert.deepEqual(await loadDockerConfig(file), { file, auths: { 'quay.io': {} }, credHelpers: {} });
  });

  test('that is not there is an error that names it', async () => {
    const file = join(tempFolder(), 'config.json');
    await assert.rejects(loadDockerConfig(file), { message: `${file}: no such file` });
    await assert.rejects(loadDockerConfig(tempFolder()), /: EISDIR/);
  });

  const wrong: readonly [text: string, message: string][] = [
    ['{"auths": {"quay.io": {"auth": "c2VjcmV0"', 'f: not JSON'],
    ['[]', 'f: not a JSON object'],
    ['{"auths":[]}', 'f: auths is not an object'],
    ['{"credHelpers":"x"}', 'f: credHelpers is not an object'],
    ['{"credsStore":{}}', 'f: credsStore is not a name'],
  ];
  for (const [text, message] of wrong) {
    test(`${text} is an error that names it`, () => {
      assert.throws(() => parseDockerConfig(text, 'f'), { message });
    });
  }
});

describe('a credential helper', () => {
  const folder = tempFolder();
  process.env['PATH'] = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
  const helper = async (name: string, script: string): Promise<void> => {
    const file = join(folder, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\nread server\n${script}\n`);
    await chmod(file, 0o755);
  };

  test('is asked for its host, by the key that the file has', async () => {
    await helper('echo', `echo "{\\"Username\\":\\"$1 $server\\",\\"Secret\\":\\"x\\"}"`);
    const credHelpers = { 'quay.io': 'echo' };
    assert.deepEqual(await find({ credHelpers }, 'https://quay.io'), { username: 'get quay.io', password: 'x' });
    assert.equal(await find({ credHelpers }, 'https://ghcr.io'), undefined);
  });

  test('is asked for everything as a store, after the entries of the file', async () => {
    await helper('all', `echo "{\\"Username\\":\\"$server\\",\\"Secret\\":\\"x\\"}"`);
    const json = { credsStore: 'all', auths: { 'quay.io': auth('ann', 'x'), 'ghcr.io': {} } };
    assert.deepEqual(await find(json, 'https://quay.io'), ann);
    assert.deepEqual(await find(json, 'https://ghcr.io'), { username: 'ghcr.io', password: 'x' });
    assert.deepEqual(await find(json, 'https://registry-1.docker.io'), {
      username: 'https://index.docker.io/v1/',
      password: 'x',
    });
  });

  test('may have an identity token', async () => {
    await helper('token', `echo '{"ServerURL":"x","Username":"<token>","Secret":"id"}'`);
    assert.deepEqual(await find({ credsStore: 'token' }, 'https://quay.io'), { identityToken: 'id' });
  });

  test('may have nothing', async () => {
    await helper('none', `echo 'credentials not found in native keychain'; exit 1`);
    await helper('blank', `echo '{"Username":"","Secret":""}'`);
    assert.equal(await find({ credsStore: 'none' }, 'https://quay.io'), undefined);
    assert.equal(await find({ credsStore: 'blank' }, 'https://quay.io'), undefined);
  });

  test('that fails is an error that names it and shows no answer', async () => {
    await helper('locked', `echo 'the keychain is locked'; exit 1`);
    await helper('mute', `exit 3`);
    await helper('leaky', `echo '{"Username":"u","Secret":"s3cret"}'; exit 1`);
    await helper('garbled', `echo 's3cret'`);
    const cases: readonly [name: string, message: RegExp | string][] = [
      ['locked', 'docker-credential-locked get for quay.io: the keychain is locked'],
      ['mute', 'docker-credential-mute get for quay.io: it failed (3)'],
      ['leaky', 'docker-credential-leaky get for quay.io: it failed (1)'],
      ['garbled', 'docker-credential-garbled get for quay.io: its answer has no Username and Secret'],
      ['missing', 'docker-credential-missing get for quay.io: no such program'],
      ['../../bin/sh', 'not the name of a credential helper: "../../bin/sh"'],
    ];
    for (const [credsStore, message] of cases) {
      await assert.rejects(find({ credsStore }, 'https://quay.io'), { message });
    }
    await assert.rejects(find({ credHelpers: { 'quay.io': 7 } }, 'https://quay.io'), {
      message: 'config.json: credHelpers["quay.io"] is not a name',
    });
  });
});
