import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isForbiddenAddress } from '../../../api/upstream/address.ts';
import { parseContentRange, parseLength, parseUnsatisfiedRange } from '../../../api/upstream/content-range.ts';
import { parseRateLimit } from '../../../api/upstream/rate-limit.ts';
import { parseRetryAfter } from '../../../api/upstream/retry-after.ts';

const now = Date.UTC(2026, 10, 1, 12);

describe('UP14 Retry-After', () => {
  const cases: readonly [headers: Record<string, string | string[]>, waitMs: number | undefined][] = [
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 30 ' }, 30_000],
    [{ 'retry-after': ['7', '8'] }, 7_000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 12:00:45 GMT' }, 45_000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '999999999' }, 24 * 60 * 60 * 1000],
    [{ 'x-retry-after': String(now / 1000 + 12) }, 12_000],
    [{ 'x-retry-after': String(now / 1000 - 12) }, 0],
    [{ 'x-retry-after': '5' }, 5_000],
    [{ 'retry-after': 'soon', 'x-retry-after': '6' }, 6_000],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '1.5' }, undefined],
    [{ 'retry-after': '2026-11-01' }, undefined],
    [{}, undefined],
  ];
  for (const [headers, waitMs] of cases) {
    test(`${JSON.stringify(headers)} is ${waitMs ?? 'no'} ms`, () =>
      assert.equal(parseRetryAfter(headers, now), waitMs));
  }

  test('is a date or seconds, and never more than a day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        const date = new Date(now + seconds * 1000).toUTCString();
        assert.equal(parseRetryAfter({ 'retry-after': String(seconds) }, now), seconds * 1000);
        assert.equal(parseRetryAfter({ 'retry-after': date }, now), seconds * 1000);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const wait = parseRetryAfter({ 'retry-after': text, 'x-retry-after': text }, now) ?? 0;
        assert.ok(wait >= 0 && wait <= 86_400_000);
      }),
    );
  });
});

describe('UP14 ratelimit headers', () => {
  test('say how many are left of how many in which time', () => {
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '96;w=21600' };
    assert.deepEqual(parseRateLimit({ headers }, now), { limit: 100, remaining: 96, windowSeconds: 21600 });
  });
  test('may say less', () => {
    assert.deepEqual(parseRateLimit({ headers: { 'ratelimit-remaining': '7' } }, now), { remaining: 7 });
    assert.equal(parseRateLimit({ headers: { 'ratelimit-limit': '100' } }, now), undefined);
    assert.equal(parseRateLimit({ headers: { 'ratelimit-remaining': 'many' } }, now), undefined);
    assert.equal(parseRateLimit({ headers: {} }, now), undefined);
  });
  test('may say when there is more, in seconds or as a time, and whom they count', () => {
    const headers = { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '5', 'ratelimit-reset': '30' };
    const rateLimit = { limit: 100, remaining: 5, windowSeconds: 60, resetSeconds: 30 };
    assert.deepEqual(parseRateLimit({ headers }, now), rateLimit);
    const time = { ...headers, 'ratelimit-reset': String(now / 1000 + 30), 'docker-ratelimit-source': '192.0.2.1' };
    assert.deepEqual(parseRateLimit({ headers: time }, now), { ...rateLimit, source: '192.0.2.1' });
  });
  test('may be one, of which the policy counts that has the least left', () => {
    const one = { ratelimit: '"default";r=50;t=30' };
    assert.deepEqual(parseRateLimit({ headers: one }, now), { remaining: 50, resetSeconds: 30 });
    const two = {
      'ratelimit-policy': '"burst";q=10;w=1,"day";q=1000;w=86400',
      ratelimit: '"burst";r=7;t=1, "day";r=3',
    };
    assert.deepEqual(parseRateLimit({ headers: two }, now), { limit: 1000, remaining: 3, windowSeconds: 86_400 });
    for (const ratelimit of ['', '"default"', '"default";r=many', ';;,,', 'limit=5'])
      assert.equal(parseRateLimit({ headers: { ratelimit } }, now), undefined);
  });
});

describe('UP19 Content-Range', () => {
  test('says which bytes of how many', () => {
    assert.deepEqual(parseContentRange('bytes 500-1499/2048'), { start: 500, end: 1499, total: 2048 });
    assert.deepEqual(parseContentRange('bytes 0-0/*'), { start: 0, end: 0 });
    assert.equal(parseUnsatisfiedRange('bytes */2048'), 2048);
  });
  for (const bad of [
    'bytes 5-4/10',
    'bytes 0-10/10',
    'items 0-1/2',
    'bytes 0-1',
    'bytes */10',
    'bytes -1-2/3',
    '',
    undefined,
  ]) {
    test(`${bad ?? 'none'} is none`, () => assert.equal(parseContentRange(bad), undefined));
  }
  test('UP16 a length is a plain number', () => {
    assert.equal(parseLength('12'), 12);
    for (const bad of ['', '-1', '1e3', '12, 12', ' 1', '9'.repeat(20), undefined])
      assert.equal(parseLength(bad), undefined);
  });
});

describe('UP8 an address that only we may reach', () => {
  const cases: readonly [url: string, home: string, isForbidden: boolean][] = [
    ['https://auth.docker.io/token', 'https://registry-1.docker.io', false],
    ['https://8.8.8.8/token', 'https://registry.example', false],
    ['https://127.0.0.1/token', 'https://registry.example', true],
    ['https://0x7f.1/token', 'https://registry.example', true],
    ['https://2130706433/token', 'https://registry.example', true],
    ['https://localhost/token', 'https://registry.example', true],
    ['https://10.1.2.3/token', 'https://registry.example', true],
    ['https://172.31.0.1/token', 'https://registry.example', true],
    ['https://192.168.0.1/token', 'https://10.0.0.5', true],
    ['https://169.254.169.254/latest/meta-data', 'https://registry.example', true],
    ['https://0.0.0.0/token', 'https://registry.example', true],
    ['https://[::1]/token', 'https://registry.example', true],
    ['https://[::ffff:10.0.0.1]/token', 'https://registry.example', true],
    ['https://[fe80::1]/token', 'https://registry.example', true],
    ['https://[fd00::1]/token', 'https://registry.example', true],
    ['https://[2606:4700::1]/token', 'https://registry.example', false],
    ['https://10.0.0.5:5001/token', 'https://10.0.0.5:5000', false],
    ['http://localhost:5001/token', 'http://127.0.0.1:5000', false],
    ['http://10.0.0.5:5001/token', 'http://127.0.0.1:5000', true],
  ];
  for (const [url, home, isForbidden] of cases) {
    test(`${url} is ${isForbidden ? '' : 'not '}for ${home}`, () =>
      assert.equal(isForbiddenAddress(new URL(url), new URL(home)), isForbidden));
  }
});
