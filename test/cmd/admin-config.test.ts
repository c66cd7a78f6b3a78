import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig, type Config } from '../../cmd/config.ts';
import { admin } from '../../cmd/config/admin.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Sources {
  readonly file?: string;
  readonly flag?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
}

/** The configuration that these make, and the folder of its file. */
async function read({ file, flag, env = {}, terminal = false }: Sources): Promise<{ config: Config; folder: string }> {
  const folder = tempFolder();
  const path = join(folder, 'c.yaml');
  await writeFile(path, file ?? '');
  const flags = new Map([['--config', [path]], ...(flag === undefined ? [] : [['--admin', [flag]] as const])]);
  return { config: await readConfig({ flags, env, terminal, serves: true }), folder };
}

describe('where the admin listener is', () => {
  const texts: readonly [text: string, address: object | undefined][] = [
    ['5001', { host: '127.0.0.1', port: 5001 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:5001', { host: '0.0.0.0', port: 5001 }],
    ['admin.example:1', { host: 'admin.example', port: 1 }],
    ['[::1]:5001', { host: '::1', port: 5001 }],
    ['/run/admin.sock', { socket: '/run/admin.sock' }],
    ['./5001', { socket: './5001' }],
    ['', undefined],
    ['65536', undefined],
    [':5001', undefined],
    ['::1:5001', undefined],
    ['[::1]', undefined],
    ['localhost', undefined],
    ['localhost:', undefined],
    ['localhost:http', undefined],
    ['-1', undefined],
  ];
  for (const [text, address] of texts) {
    test(`${JSON.stringify(text)} is ${address ? JSON.stringify(address) : 'refused'}`, () => {
      assert.deepEqual(admin.parse(text), address);
    });
  }

  test('is nowhere unless it is said', async () => {
    assert.equal((await read({})).config.admin, undefined);
    assert.equal((await read({ env: { OCIREGISTRY_ADMIN_HOST: '10.0.0.1' } })).config.admin, undefined);
  });

  test('a flag wins over a variable, that over the file', async () => {
    const file = 'admin: { host: 10.0.0.1, port: 1 }';
    assert.deepEqual((await read({ file })).config.admin, { host: '10.0.0.1', port: 1 });
    const env = { OCIREGISTRY_ADMIN_PORT: '2' };
    assert.deepEqual((await read({ file, env })).config.admin, { host: '10.0.0.1', port: 2 });
    const whole = { OCIREGISTRY_ADMIN: '3' };
    assert.deepEqual((await read({ file, env: whole })).config.admin, { host: '127.0.0.1', port: 3 });
    assert.deepEqual((await read({ file, env: whole, flag: '4' })).config.admin, { host: '127.0.0.1', port: 4 });
  });

  test('a socket in the file is relative to it', async () => {
    const { config, folder } = await read({ file: 'admin: { socket: admin.sock }' });
    assert.deepEqual(config.admin, { socket: join(folder, 'admin.sock') });
  });

  const mistakes: readonly [file: string, reason: RegExp][] = [
    ['admin: {}', /:1: admin: a mapping with nothing: allowed: port, with or without host, or socket$/],
    ['admin: { host: 127.0.0.1 }', /:1: admin: .*allowed: port, with or without host, or socket|port is missing/],
    [
      'admin: { port: 1, socket: a }',
      /:1: admin: a mapping with port, socket: allowed: port, with or without host, or socket$/,
    ],
    ['admin: { host: a, socket: a }', /:1: admin: /],
    ['admin: 5001', /:1: admin: the number 5001: allowed: /],
    ['admin: { port: 70000 }', /:1: admin\.port: the number 70000: allowed: 0 to 65535$/],
    ['admin: { prot: 1 }', /:1: admin\.prot: unknown key, did you mean port\?$/m],
  ];
  for (const [file, reason] of mistakes) {
    test(`${file} is a mistake`, async () => {
      await assert.rejects(read({ file }), (err: Error & { problems: string[] }) => {
        assert.match(err.problems.join('\n'), reason);
        return true;
      });
    });
  }
});

describe('where the log goes', () => {
  test('a file is relative to the configuration, and has JSON without colours', async () => {
    const { config, folder } = await read({ file: 'log: { file: a.log }', terminal: true });
    const { file, format, colour, audit } = config.log;
    assert.deepEqual(
      { file, format, colour, audit },
      { file: join(folder, 'a.log'), format: 'json', colour: false, audit: false },
    );
    const text = await read({ file: 'log: { file: a.log, format: text, audit: true }', terminal: true });
    assert.deepEqual([text.config.log.format, text.config.log.audit], ['text', true]);
  });
});
