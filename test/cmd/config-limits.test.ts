import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as limits from '../../cmd/config/limits.ts';
import { configShow } from '../../cmd/config/show.ts';
import { variableOf } from '../../cmd/config/setting.ts';
import { read } from './config-sources.ts';
import { problemsOf } from './config-texts.ts';

describe('limits', () => {
  test('follow the number of connections unless they are given', async () => {
    const { limits: byDefault } = await read();
    const { connections, connectionsPerClient, requests, requestsPerClient, blobStreams, fills } = byDefault;
    assert.deepEqual(
      { connections, connectionsPerClient, requests, requestsPerClient, blobStreams, fills },
      {
        connections: 1024,
        connectionsPerClient: 768,
        requests: 1024,
        requestsPerClient: 768,
        blobStreams: 1024,
        fills: 128,
      },
    );
    const { limits: more } = await read({ file: 'limits: { connections: 10000, requests: 100 }' });
    assert.equal(more.connectionsPerClient, 7500);
    assert.equal(more.requestsPerClient, 75);
    assert.equal(more.blobStreams, 100);
    const { limits: none } = await read({ file: 'limits: { connections: 0 }' });
    for (const key of [
      'connections',
      'connectionsPerClient',
      'requests',
      'requestsPerClient',
      'blobStreamsPerClient',
    ] as const)
      assert.equal(none[key], Infinity, key);
  });

  test('are set by the file, and over it by variables', async () => {
    const file = 'limits: { writeIdle: 5s, headerBytes: 8KiB, fills: 0 }\nlisten: { trustedProxies: [10.0.0.0/8] }';
    const env = { [variableOf(limits.writeIdle)]: '7s', [variableOf(limits.trustedProxies)]: '::1,192.0.2.0/24' };
    const config = await read({ file, env });
    assert.equal(config.limits.writeIdleMs, 7_000);
    assert.equal(config.limits.headerBytes, 8192);
    assert.equal(config.limits.fills, Infinity);
    assert.deepEqual(config.listen.trustedProxies, ['::1', '192.0.2.0/24']);
  });

  test('are shown as a file that says the same', async () => {
    const config = await read({ file: 'limits: { connections: 0, headersTimeout: 5s, fills: 3 }' });
    let shown = '';
    configShow({ config, print: (text) => (shown += String(text)) });
    const { limits: said } = parse(shown) as { limits: Record<string, unknown> };
    assert.deepEqual([said['connections'], said['headersTimeout'], said['fills']], [0, '5s', 3]);
    assert.deepEqual((await read({ file: shown })).limits, config.limits);
  });

  test('that are none are mistakes', () => {
    assert.deepEqual(problemsOf('limits: { connections: -1 }\nlisten: { trustedProxies: [example.org] }'), [
      'c.yaml:1: limits.connections: the number -1: allowed: a whole number; 0 for no limit',
      'c.yaml:2: listen.trustedProxies[0]: "example.org": allowed: an address, or a network like 10.0.0.0/8',
    ]);
  });
});
