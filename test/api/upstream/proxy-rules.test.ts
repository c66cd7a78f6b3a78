import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProxyRules } from '../../../api/upstream/proxy-rules.ts';

const proxies = { httpProxy: 'plain:3128', httpsProxy: 'https://u:p@secure' };
const hostFor = (noProxy: string, url: string): string | undefined =>
  new ProxyRules({ ...proxies, noProxy }).proxyFor(new URL(url))?.url.href;

describe('the proxy', () => {
  test('is that of the scheme, and is kept without its login', () => {
    const rules = new ProxyRules(proxies);
    const { url, authorization } = rules.proxyFor(new URL('https://quay.io'))!;
    assert.deepEqual([url.href, authorization], ['https://secure/', `Basic ${Buffer.from('u:p').toString('base64')}`]);
    assert.equal(rules.proxyFor(new URL('http://quay.io'))!.url.href, 'http://plain:3128/');
    assert.equal(rules.proxyFor(new URL('http://quay.io'))!.authorization, undefined);
    assert.equal(new ProxyRules({ httpProxy: 'plain' }).proxyFor(new URL('https://quay.io')), undefined);
    assert.equal(new ProxyRules({ httpProxy: '' }).proxyFor(new URL('http://quay.io')), undefined);
    assert.equal(new ProxyRules().proxyFor(new URL('http://quay.io')), undefined);
  });

  const straight: readonly [noProxy: string, url: string, isStraight: boolean][] = [
    ['', 'http://localhost:5000', true],
    ['', 'http://127.1.2.3', true],
    ['', 'http://[::1]:5000', true],
    ['', 'http://10.0.0.1', false],
    ['*', 'http://quay.io', true],
    ['x, *', 'http://quay.io', true],
    ['quay.io', 'http://quay.io:5000', true],
    ['Quay.IO', 'http://quay.io', true],
    ['quay.io', 'http://cdn.quay.io', true],
    ['quay.io', 'http://notquay.io', false],
    ['.quay.io', 'http://cdn.quay.io', true],
    ['.quay.io', 'http://quay.io', false],
    ['*.quay.io', 'http://cdn.quay.io', true],
    ['*.quay.io', 'http://quay.io', false],
    ['quay.io:5000', 'http://quay.io:5000', true],
    ['quay.io:5000', 'http://quay.io', false],
    ['quay.io:80', 'http://quay.io', true],
    ['quay.io:443', 'https://quay.io', true],
    ['docker.io quay.io', 'http://quay.io', true],
    ['10.0.0.1', 'http://10.0.0.1', true],
    ['10.0.0.1:5000', 'http://10.0.0.1:5000', true],
    ['10.0.0.1:5000', 'http://10.0.0.1', false],
    ['10.0.0.0/8', 'http://10.200.0.1', true],
    ['10.0.0.0/8', 'http://11.0.0.1', false],
    ['10.0.0.0/33', 'http://10.0.0.1', false],
    ['fd00::/8', 'http://[fd00::1]', true],
    ['fd00::1', 'http://[fd00:0::1]', true],
    ['[fd00::1]:5000', 'http://[fd00::1]:5000', true],
    ['[fd00::1]:5000', 'http://[fd00::1]', false],
    [',, ,', 'http://quay.io', false],
  ];
  for (const [noProxy, url, isStraight] of straight) {
    test(`for ${url} is ${isStraight ? 'none' : 'one'} with NO_PROXY=${JSON.stringify(noProxy)}`, () =>
      assert.equal(hostFor(noProxy, url) === undefined, isStraight));
  }
});
