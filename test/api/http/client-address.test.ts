import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { isNetwork, limitedAs, TrustedProxies } from '../../../api/http/client-address.ts';

/** Who sent a request that came from an address, with these headers `X-Forwarded-For`. */
function clientOf(trusted: readonly string[], from: string, ...forwarded: readonly string[]): string {
  const headersDistinct = forwarded.length > 0 ? { 'x-forwarded-for': [...forwarded] } : {};
  const request = { socket: { remoteAddress: from }, headersDistinct } as unknown as IncomingMessage;
  return new TrustedProxies(trusted).clientOf(request);
}

describe('who sent a request', () => {
  const rows: [title: string, trusted: string[], from: string, forwarded: string[], client: string][] = [
    ['is who speaks to us', [], '192.0.2.1', [], '192.0.2.1'],
    ['is IPv4 on a socket for both', [], '::ffff:192.0.2.1', [], '192.0.2.1'],
    ['is not who a stranger says', ['10.0.0.1'], '192.0.2.1', ['198.51.100.7'], '192.0.2.1'],
    ['is who a trusted proxy says', ['10.0.0.1'], '10.0.0.1', ['198.51.100.7'], '198.51.100.7'],
    ['is the proxy that says nothing', ['10.0.0.1'], '10.0.0.1', [], '10.0.0.1'],
    [
      'is the last that no trusted proxy is',
      ['10.0.0.0/8'],
      '10.0.0.1',
      ['6.6.6.6, 198.51.100.7, 10.2.3.4'],
      '198.51.100.7',
    ],
    [
      'is read from all the headers',
      ['10.0.0.0/8'],
      '10.0.0.1',
      ['6.6.6.6', '198.51.100.7', '10.2.3.4'],
      '198.51.100.7',
    ],
    ['is the first of proxies alone', ['10.0.0.0/8'], '10.0.0.1', ['10.3.3.3, 10.2.3.4'], '10.3.3.3'],
    ['is not what is no address', ['10.0.0.0/8'], '10.0.0.1', ['198.51.100.7, unknown, 10.2.3.4'], '10.2.3.4'],
    ['is without a port', ['10.0.0.1'], '10.0.0.1', ['198.51.100.7:4711'], '198.51.100.7'],
    ['is without brackets', ['::1'], '::1', ['[2001:db8::7]:4711'], '2001:db8::7'],
    ['is trusted by a network of IPv6', ['fd00::/8'], 'fd00::1', ['2001:db8::7'], '2001:db8::7'],
    ['is trusted as IPv4 on a socket for both', ['10.0.0.1'], '::ffff:10.0.0.1', ['198.51.100.7'], '198.51.100.7'],
    ['is nobody when the connection is gone', ['10.0.0.1'], '', ['198.51.100.7'], ''],
  ];
  for (const [title, trusted, from, forwarded, client] of rows) {
    test(title, () => assert.equal(clientOf(trusted, from, ...forwarded), client));
  }
});

test('a network is an address, or one with as many bits as it may have', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '2001:db8::/128'])
    assert.ok(isNetwork(text), text);
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '::/129',
    'fe80::1%eth0',
    'example.org',
    '*',
  ])
    assert.ok(!isNetwork(text), text);
});

test('an address of IPv6 shares its limits with its network of 64 bits', () => {
  assert.equal(limitedAs('192.0.2.1'), '192.0.2.1');
  assert.equal(limitedAs('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
  assert.equal(limitedAs('2001:db8:1:2::9'), limitedAs('2001:db8:1:2:ffff::1'));
  assert.notEqual(limitedAs('2001:db8:1:2::9'), limitedAs('2001:db8:1:3::9'));
  assert.equal(limitedAs('::1'), '0:0:0:0');
});
