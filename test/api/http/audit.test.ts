import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answered } from '../../../api/http/access-log.ts';
import { pullOf, type Pull } from '../../../api/http/audit.ts';

const answered = (change: Partial<Answered>): Answered => ({
  requestId: 'x',
  started: 0,
  method: 'GET',
  path: '/v2/a/manifests/v1',
  client: '192.0.2.7',
  bytes: 2,
  status: 200,
  durationMs: 3,
  aborted: false,
  ...change,
});

describe('of a pull is told', () => {
  const paths: readonly [path: string, pull: readonly string[] | undefined][] = [
    ['/v2/a/b/manifests/v1', ['a/b', 'manifest', 'v1']],
    ['/v2/a%2Fb/blobs/sha256%3Aff', ['a/b', 'blob', 'sha256:ff']],
    ['/v2/a/manifests/blobs/manifests/v1', ['a/manifests/blobs', 'manifest', 'v1']],
    ['/v2/%FF/manifests/v1', ['%FF', 'manifest', 'v1']],
    ['/v2/127.0.0.1:5001/a/manifests/v1', ['127.0.0.1:5001/a', 'manifest', 'v1']],
    ['/v2/a/tags/list', undefined],
    ['/v2/a/blobs/uploads/', undefined],
    ['/v2/', undefined],
    ['/docs/', undefined],
  ];
  for (const [path, expected] of paths) {
    test(`${path}: ${expected?.join(' ') ?? 'nothing'}`, () => {
      const pull = pullOf(answered({ path }));
      assert.deepEqual(pull && [pull.repository, pull.kind, pull.reference], expected);
    });
  }

  test('the host that was said apart from the name, the user and the digest', () => {
    const pull = pullOf(answered({ namespace: 'quay.io', user: 'alice', digest: 'sha256:ff' }));
    assert.deepEqual(pull, {
      user: 'alice',
      client: '192.0.2.7',
      repository: 'quay.io/a',
      kind: 'manifest',
      reference: 'v1',
      digest: 'sha256:ff',
      outcome: 'pulled',
      status: 200,
      bytes: 2,
      requestId: 'x',
    });
  });

  const outcomes: readonly [change: Partial<Answered>, outcome: Pull['outcome']][] = [
    [{ status: 206 }, 'pulled'],
    [{ status: 304 }, 'unchanged'],
    [{ status: 200, aborted: true }, 'aborted'],
    [{ status: 499, aborted: true }, 'aborted'],
    [{ status: 401 }, 'denied'],
    [{ status: 403 }, 'denied'],
    [{ status: 404 }, 'unknown'],
    [{ status: 400 }, 'refused'],
    [{ status: 416 }, 'refused'],
    [{ status: 429 }, 'refused'],
    [{ status: 502 }, 'failed'],
  ];
  for (const [change, outcome] of outcomes) {
    test(`${JSON.stringify(change)} as ${outcome}`, () => {
      assert.equal(pullOf(answered(change))?.outcome, outcome);
    });
  }

  test('nothing for HEAD, which brings nothing', () => {
    assert.equal(pullOf(answered({ method: 'HEAD' })), undefined);
  });
});
