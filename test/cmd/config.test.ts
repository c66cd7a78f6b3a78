import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig, type Config, type Sources } from '../../cmd/config.ts';
import { UsageError } from '../../cmd/failure.ts';

interface Given {
  readonly flags?: Record<string, string[]>;
  readonly env?: Sources['env'];
  readonly terminal?: boolean;
}
const read = ({ flags = {}, env = {}, terminal = false }: Given = {}): Config =>
  readConfig({ flags: new Map(Object.entries(flags)), env, terminal });

describe('configuration', () => {
  test('what nobody sets has its default', () => {
    assert.deepEqual(read(), {
      images: './images',
      mounts: [],
      upstreams: [],
      listen: { host: '127.0.0.1', port: 5000 },
      sample: false,
      limits: { unpack: { ratio: 1_100, bytes: 2 ** 40 } },
      log: { level: 'info', format: 'json', colour: false },
    });
  });

  test('a variable overrules the default', () => {
    const env = {
      OCIREGISTRY_IMAGES: '/srv/images',
      OCIREGISTRY_MOUNTS: '=/a,p/q=/b',
      OCIREGISTRY_LISTEN_HOST: '0.0.0.0',
      OCIREGISTRY_LISTEN_PORT: '5001',
      OCIREGISTRY_SAMPLE: 'true',
      OCIREGISTRY_LIMITS_UNPACK_RATIO: '200',
      OCIREGISTRY_LIMITS_UNPACK_BYTES: '50GiB',
      OCIREGISTRY_LOG_LEVEL: 'debug',
      OCIREGISTRY_LOG_FORMAT: 'text',
    };
    assert.deepEqual(read({ env }), {
      images: '/srv/images',
      mounts: [
        { prefix: '', path: '/a' },
        { prefix: 'p/q', path: '/b' },
      ],
      upstreams: [],
      listen: { host: '0.0.0.0', port: 5001 },
      sample: true,
      limits: { unpack: { ratio: 200, bytes: 50 * 2 ** 30 } },
      log: { level: 'debug', format: 'text', colour: false },
    });
  });

  test('a flag overrules the variable', () => {
    const env = { OCIREGISTRY_LISTEN_PORT: '5001', OCIREGISTRY_MOUNTS: 'a=/a' };
    const config = read({ env, flags: { '--port': ['5002'], '--mount': ['b=/b', 'c=/c'] } });
    assert.equal(config.listen.port, 5002);
    assert.deepEqual(
      config.mounts.map(({ prefix }) => prefix),
      ['b', 'c'],
    );
  });

  test('a variable that a flag overrules is not looked at', () => {
    assert.equal(read({ env: { OCIREGISTRY_LISTEN_PORT: 'x' }, flags: { '--port': ['1'] } }).listen.port, 1);
  });

  test('of a flag given twice the last counts', () => {
    assert.equal(read({ flags: { '--images': ['a', 'b'] } }).images, 'b');
  });

  test('an empty variable is as good as none', () => {
    assert.equal(read({ env: { OCIREGISTRY_IMAGES: '', OCIREGISTRY_LISTEN_PORT: '' } }).listen.port, 5000);
  });

  test('an IPv6 address may be in brackets', () => {
    assert.equal(read({ flags: { '--host': ['[::1]'] } }).listen.host, '::1');
  });

  test('the first = ends a prefix, so a folder may have one in its name', () => {
    assert.deepEqual(read({ flags: { '--mount': ['p=/a=b'] } }).mounts, [{ prefix: 'p', path: '/a=b' }]);
  });

  test('the log of a terminal is coloured text, unless NO_COLOR says otherwise', () => {
    assert.deepEqual(read({ terminal: true }).log, { level: 'info', format: 'text', colour: true });
    assert.equal(read({ terminal: true, env: { NO_COLOR: '1' } }).log.colour, false);
    assert.equal(read({ terminal: true, env: { NO_COLOR: '' } }).log.colour, true);
  });

  test('an error names the flag or the variable and what is allowed', () => {
    const refused = (given: Given, message: string) => assert.throws(() => read(given), new UsageError(message));
    refused({ flags: { '--port': ['-1'] } }, '--port "-1": allowed: 0 to 65535');
    refused({ env: { OCIREGISTRY_LOG_FORMAT: 'xml' } }, 'OCIREGISTRY_LOG_FORMAT "xml": allowed: text, json');
    refused({ flags: { '--unpack-ratio': ['1.5'] } }, '--unpack-ratio "1.5": allowed: a whole number; 0 for no limit');
    refused({ env: { OCIREGISTRY_SAMPLE: 'yes' } }, 'OCIREGISTRY_SAMPLE "yes": allowed: true or false');
  });

  test('it cannot be changed', () => {
    const config = read();
    for (const part of [config, config.listen, config.log, config.mounts]) assert.ok(Object.isFrozen(part));
  });
});
