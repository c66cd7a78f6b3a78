import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatCacheStatus, formatFailedStatus, staleHeaders } from '../../../api/http/cache-status.ts';
import type { CacheUse } from '../../../api/registry.ts';

describe('Cache-Status', () => {
  const uses: [use: CacheUse, value: string][] = [
    [{ result: 'hit' }, 'ociregistry; hit'],
    [{ result: 'hit', collapsed: true }, 'ociregistry; hit'],
    [{ result: 'hit', revalidated: true }, 'ociregistry; fwd=stale; detail=revalidated'],
    [{ result: 'hit', revalidated: true, collapsed: true }, 'ociregistry; fwd=stale; collapsed; detail=revalidated'],
    [{ result: 'miss' }, 'ociregistry; fwd=miss'],
    [{ result: 'miss', collapsed: true }, 'ociregistry; fwd=miss; collapsed'],
    [{ result: 'stale' }, 'ociregistry; hit'],
    [{ result: 'stale', ageSeconds: 90.7 }, 'ociregistry; hit; ttl=-90'],
    [{ result: 'stale', ageSeconds: 0, reason: 'timeout' }, 'ociregistry; hit; ttl=0; detail=timeout'],
    [{ result: 'stale', ageSeconds: 1, reason: 'no "way"' }, 'ociregistry; hit; ttl=-1; detail="no \\"way\\""'],
    [{ result: 'stale', reason: 'a\\b' }, 'ociregistry; hit; detail="a\\\\b"'],
    [{ result: 'stale', reason: 'café\r\nSet-Cookie: x' }, 'ociregistry; hit; detail="caf?Set-Cookie: x"'],
    [{ result: 'stale', reason: '' }, 'ociregistry; hit; detail=""'],
  ];
  for (const [use, value] of uses) {
    test(`RFC 9211 of ${JSON.stringify(use)}`, () => assert.equal(formatCacheStatus(use), value));
  }

  test('RFC 9211 of what there is not', () => {
    assert.equal(formatFailedStatus('MANIFEST_UNKNOWN'), 'ociregistry; detail=MANIFEST_UNKNOWN');
    assert.equal(formatFailedStatus('timeout', { forwarded: true }), 'ociregistry; fwd=miss; detail=timeout');
    const denied = formatFailedStatus('denied', { forwarded: true, status: 401 });
    assert.equal(denied, 'ociregistry; fwd=miss; fwd-status=401; detail=denied');
  });
});

describe('Warning and Age', () => {
  test('only what is stale has them', () => {
    assert.deepEqual(staleHeaders({ result: 'hit', revalidated: true }), {});
    assert.deepEqual(staleHeaders({ result: 'miss' }), {});
    const { Warning, Age } = staleHeaders({ result: 'stale' });
    assert.equal(Warning, '299 - "from the store, not looked up again"');
    assert.equal(Age, 0);
  });

  test('X1 the text is escaped, printable and short', () => {
    const { Warning, Age } = staleHeaders({ result: 'stale', ageSeconds: 61.9, reason: 'say "no" \\ \0\u{1F600}\n' });
    assert.equal(Warning, '299 - "from the store, not looked up again: say \\"no\\" \\\\ ?"');
    assert.equal(Age, 61);
    const { Warning: long = '' } = staleHeaders({ result: 'stale', reason: '"'.repeat(10_000) });
    assert.ok(Buffer.byteLength(long) <= 4096);
    assert.match(long, /^299 - "(?:[^"\\]|\\.)*"$/);
  });
});
